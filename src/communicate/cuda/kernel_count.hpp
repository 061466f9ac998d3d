// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/cuda/handles.hpp"

#include <cstdint>
#include <optional>

namespace septet {

/// How many kernels of a rank have run to their end, as its device knows. A kernel that told the
/// host itself would end two microseconds later: the end waits for what is on its way over the
/// link. Source: docs/performance.md, Collectives on the device.
class KernelCount {
 public:
  /// `on_device` is moved on by kernels; `answer` is pinned memory. Requires: the device is
  /// current.
  KernelCount(const std::uint32_t* on_device, std::uint32_t* answer)
      : on_device_(on_device), answer_(answer) {}

  /// Nothing when the device has failed, or does not answer within some milliseconds. Waits for no
  /// kernel, and may be called while a graph is captured. Threads: one.
  [[nodiscard]] std::optional<std::uint32_t> ask() noexcept;

 private:
  [[nodiscard]] bool has_come() const noexcept;

  OwnStream stream_;
  const std::uint32_t* on_device_;
  std::uint32_t* answer_;
  bool is_asked_ = false;
};

}  // namespace septet
