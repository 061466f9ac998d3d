// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "binding/batch.hpp"
#include <septet/communicator.hpp>

#include <functional>
#include <memory>

namespace septet::python {

/// The half of a Link that serves arrays in device memory. Where the build has CUDA it is a
/// DeviceCommunicator on the calling thread's current device; else each batch is refused.
class DeviceSide {
 public:
  virtual ~DeviceSide() = default;

  /// Enqueues on the stream of the arrays, and returns. Requires: no GIL.
  virtual void run(const Batch& batch) = 0;
  virtual void abort() noexcept = 0;
  virtual void check() const = 0;
};

/// Meets the same ranks as `host` again, by a token that goes through it: every rank calls this at
/// the same point, and blocks until all have. `while_waiting` as in Membership. Requires: no GIL.
/// Throws Error `device` when this build has no CUDA, before anything is sent.
[[nodiscard]] std::unique_ptr<DeviceSide> meet_on_devices(Communicator& host,
                                                          std::function<void()> while_waiting);

}  // namespace septet::python
