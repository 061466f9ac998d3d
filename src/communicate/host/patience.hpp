// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace septet {

/// Lets the other thread of the core run for some ten nanoseconds.
void pause_briefly() noexcept;

/// How long a thread spins before it sleeps. It learns: where spinning was in vain, because the
/// ranks share too few cores or come at very different times, it soon stops trying; where the wait
/// ended within the spin, it tries longer.
class SpinBudget {
 public:
  /// After a try that moved.
  void moved() noexcept;

  /// After a try in vain: pauses for some ten nanoseconds and returns true, or false when it is
  /// time to sleep.
  [[nodiscard]] bool spin() noexcept;

  /// Since when nothing has moved. Requires: spin() returned false since the last moved().
  [[nodiscard]] std::chrono::steady_clock::time_point since() const noexcept { return since_; }

 private:
  static constexpr int least_ = 16;
  static constexpr int most_ = 4096;  ///< Pauses: about 50 to 150 us.

  int limit_ = 512;
  int spins_ = 0;
  bool slept_ = false;
  std::chrono::steady_clock::time_point since_;
};

}  // namespace septet
