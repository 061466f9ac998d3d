// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>

namespace septet {

/// The moment at which a wait is over. Plain value.
class Deadline {
 public:
  /// From now on; what is longer than a year is a year, so that no sum overflows.
  explicit Deadline(std::chrono::milliseconds limit)
      : end_(Clock::now() +
             std::min<std::chrono::milliseconds>(limit, std::chrono::hours(24 * 365))) {}

  [[nodiscard]] bool is_over() const { return Clock::now() >= end_; }

  /// What is left, as poll() takes it: rounded up so that it never wakes too early, at most a
  /// minute, so that the caller looks again; 0 when it is over.
  [[nodiscard]] int poll_ms() const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end_ - Clock::now());
    return static_cast<int>(std::clamp<std::chrono::milliseconds::rep>(left.count(), 0, 60'000));
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point end_;
};

}  // namespace septet
