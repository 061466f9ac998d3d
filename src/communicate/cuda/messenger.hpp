// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/cuda/handles.hpp"
#include "communicate/cuda/message_kernels.hpp"
#include "communicate/steps/plan.hpp"
#include <septet/operation.hpp>

#include <cuda_runtime_api.h>

#include <cstdint>
#include <memory>
#include <span>

namespace septet {

/// Enqueues the sends and receives of one rank, group by group: one kernel in which all of a group
/// progress together. Groups of one communicator never run at the same time, in graphs or not.
class Messenger {
 public:
  /// Of a group: as many as the table on the device holds, 448 KiB.
  static constexpr std::uint32_t most_messages = 8192;

  /// `most_blocks`: of one kernel; all of them must be able to run at once.
  Messenger(const Station& station, const Tuning& tuning, std::uint32_t most_blocks);

  /// Requires: most_messages at most, none to this rank itself. Allocates nothing on the device, so
  /// it may be captured.
  void enqueue(std::span<const Operation> messages, cudaStream_t stream);

 private:
  static void put_into_lanes(std::span<const Operation> sorted,
                             std::span<const MessageEntry> entries, MessageJob& job);
  void give_workers(MessageJob& job) const;
  void list(std::span<const MessageEntry> entries, MessageJob& job, cudaStream_t stream);

  Station station_;
  Tuning tuning_;
  std::uint32_t most_blocks_;
  std::unique_ptr<MessageEntry, DeviceFree> table_;
};

}  // namespace septet
