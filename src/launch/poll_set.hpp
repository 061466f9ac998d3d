// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <poll.h>

#include <chrono>
#include <functional>
#include <optional>
#include <vector>

namespace septet {

/// Descriptors to wait for, each with what to do then. Made anew for each wait.
class PollSet {
 public:
  using Clock = std::chrono::steady_clock;

  void add(int descriptor, short events, std::function<void()> action);

  /// Waits until something is ready or `until` has come, and does what is ready, in the order of
  /// adding. Throws Error `system`.
  void wait(std::optional<Clock::time_point> until);

 private:
  std::vector<pollfd> descriptors_;
  std::vector<std::function<void()>> actions_;
};

}  // namespace septet
