// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sweep/leaders.hpp"
#include "sweep/metrics.hpp"
#include <septet/sweep.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace septet {

/// What the attempts of this run came to, counted as they end, and what follows from it.
class Tally {
 public:
  /// `trials` is the size of the whole sweep.
  Tally(const Sweep& sweep, std::size_t trials);

  /// Takes in a trial that was done in an earlier run; returns as add does.
  std::optional<int> remember(int trial, std::optional<double> score);

  /// Counts an attempt. Returns the trial whose folder nobody wants any more, if that is asked for.
  std::optional<int> add(const TrialEnd& end);

  /// What a trial with these is ranked by, if it is.
  [[nodiscard]] std::optional<double> score(const Metrics& metrics) const;

  /// Whether the condition of `Sweep::halt` holds.
  [[nodiscard]] bool halts() const;

  /// It in words: "3 failed trials".
  [[nodiscard]] std::string reason() const;

  /// Fills in how long attempts take, and the best of the trials.
  void describe(SweepSight& sight) const;

 private:
  [[nodiscard]] int counted() const;

  Halt halt_;
  Ranking ranking_;
  double needed_;  ///< So many trials halt the sweep; 0: never.
  Leaders best_;
  std::optional<Leaders> kept_;
  int failed_ = 0;
  int done_ = 0;
  int pruned_ = 0;
  int attempts_ = 0;
  std::chrono::milliseconds busy_{};
};

}  // namespace septet
