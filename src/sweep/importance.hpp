// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sweep/results.hpp"

#include <string>
#include <vector>

namespace septet {

/// How much one parameter alone tells of where a trial ranks.
struct Importance {
  std::string name;
  double share = 0;  ///< Of the variance of ranks, 0 to 1.
};

/// For each parameter with more than one value, greatest share first.
///
/// Trials that are done are put in groups by value (numbers with many values: by eighths of their
/// order). The share is epsilon squared of a one-way analysis of variance over the ranks of the
/// score: what the groups explain beyond what as many groups would by chance. Source: Kelley 1935.
/// It sees each parameter by itself, no interplay. Empty below eight trials.
[[nodiscard]] std::vector<Importance> importance_of(const Results& results);

}  // namespace septet
