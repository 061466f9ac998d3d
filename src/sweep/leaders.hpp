// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sweep/metrics.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace septet {

/// A trial that is done, and what it reached.
struct Leader {
  int trial = 0;
  std::optional<double> score;
};

/// The best trials so far, best first; of equal ones the earlier number.
class Leaders {
 public:
  Leaders(Goal goal, std::size_t most) : goal_(goal), most_(most) {}

  /// Takes a trial in; the number of the one that is not among the best any more, if any.
  std::optional<int> add(const Leader& leader);

  [[nodiscard]] const std::vector<Leader>& list() const { return list_; }

 private:
  Goal goal_;
  std::size_t most_;
  std::vector<Leader> list_;
};

/// Whether `a` stands before `b` in a ranking.
[[nodiscard]] bool ranks_before(const Leader& a, const Leader& b, Goal goal);

}  // namespace septet
