// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/communicator_state.hpp"
#include "communicate/cuda/kernel_count.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

namespace septet {

/// Ends the wait of kernels for a rank that will not come: they cannot see processes end. One
/// thread, asleep while nobody is gone and no operation limit is set. While it is awake, and when
/// the communicator breaks, it writes on the card what kernels have ended, which they do not.
///
/// When a rank is gone, an operation that is under way has `grace` to end: the gone one may have
/// done its part. Then the communicator is broken.
class Keeper {
 public:
  static constexpr std::chrono::milliseconds grace{300};

  Keeper(CommunicatorState& state, int device, const std::uint32_t* kernels_run_on_device);
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;
  ~Keeper();

  /// Something was enqueued. Cheap.
  void note_enqueued() noexcept;

  /// Whether the card tells what had ended when the communicator broke, which is waited for for
  /// some milliseconds. Requires: it is broken.
  [[nodiscard]] bool await_settled() noexcept;

 private:
  using Clock = std::chrono::steady_clock;

  void work();
  void look();
  [[nodiscard]] bool watches() const noexcept;
  void settle() noexcept;
  [[nodiscard]] bool is_under_way() const noexcept;
  [[nodiscard]] int first_gone() const noexcept;
  [[nodiscard]] int first_behind() const noexcept;
  void raise(Trouble trouble, int culprit) noexcept;

  CommunicatorState& state_;
  int device_;
  KernelCount kernels_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> has_settled_{false};
  std::uint64_t watched_ = 0;  ///< The operation that was under way at the last look,
  Clock::time_point since_;    ///< and since when it has been.
  std::thread thread_;
};

}  // namespace septet
