// SPDX-License-Identifier: Apache-2.0
#include "sweep/leaders.hpp"

#include <algorithm>

namespace septet {

bool ranks_before(const Leader& a, const Leader& b, Goal goal) {
  if (is_better(a.score, b.score, goal)) return true;
  return !is_better(b.score, a.score, goal) && a.trial < b.trial;
}

std::optional<int> Leaders::add(const Leader& leader) {
  const auto place = std::ranges::find_if(
      list_, [&](const Leader& other) { return ranks_before(leader, other, goal_); });
  list_.insert(place, leader);
  if (list_.size() <= most_) return {};
  const int fallen = list_.back().trial;
  list_.pop_back();
  return fallen;
}

}  // namespace septet
