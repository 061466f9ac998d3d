// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sweep/journal.hpp"
#include <septet/space.hpp>
#include <septet/sweep.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace septet {

/// A trial that is to be run: where in the space it stands, and its number.
struct Work {
  std::uint32_t index = 0;
  int trial = 0;    ///< From 1.
  int attempt = 1;  ///< Of the next run.
};

/// What is left to run after `history`, by number.
///
/// Trial `index` has number `index + 1`. Where the space changed, a trial keeps the number under
/// which its parameters ran before, and new ones are numbered behind all that ever ran; in a
/// search, where parameters are chosen late, it keeps its place.
[[nodiscard]] std::vector<Work> work_left(const Space& space, const History& history,
                                          Resume resume);

/// Which trial runs next: first those whose second attempt is due, then new ones in order. Pure but
/// for what it is told; time is a parameter.
class Schedule {
 public:
  using Time = std::chrono::steady_clock::time_point;

  Schedule(std::vector<Work> work, int retries, std::chrono::milliseconds delay);

  /// The next trial to start at `now`, or nothing yet.
  [[nodiscard]] std::optional<Work> next(Time now);

  /// When to ask again if nothing is due; nothing when no time will help.
  [[nodiscard]] std::optional<Time> next_due() const;

  /// Puts a trial that failed back in line; false when it has no attempt left.
  bool try_again(const Work& work, Time now);

  /// Puts a trial whose slice was lost in front; that is no attempt.
  void move(const Work& work, Time now);

  [[nodiscard]] std::size_t waiting() const { return work_.size() - cursor_ + later_.size(); }

 private:
  std::vector<Work> work_;
  std::size_t cursor_ = 0;
  int retries_;
  std::chrono::milliseconds delay_;
  std::multimap<Time, Work> later_;
  std::map<int, int> retried_;  ///< How often in this run, by trial.
};

}  // namespace septet
