// SPDX-License-Identifier: Apache-2.0
#include "choose/arrange.hpp"
#include "choose/candidates.hpp"
#include "choose/explain.hpp"
#include <septet/plan.hpp>

#include <algorithm>
#include <iterator>

namespace septet {
namespace {

Candidates candidates_or_throw(const Host& host, const Request& request) {
  auto found = find_candidates(host, request);
  if (found.slices.empty() && found.whole.empty()) throw never_met(host, request);
  return found;
}

SlicePointers not_taken(const SlicePointers& slices, const Busy& busy) {
  SlicePointers free;
  std::copy_if(slices.begin(), slices.end(), std::back_inserter(free),
               [&busy](const Slice* slice) { return !is_taken(*slice, busy); });
  return free;
}

/// The named slices in the order of their names: all of them or none.
std::optional<SlicePointers> all_named(const SlicePointers& named, const Busy& busy) {
  if (not_taken(named, busy).size() != named.size()) return {};
  return named;
}

/// One whole GPU, for a request that prefers it.
std::optional<SlicePointers> one_whole(const Candidates& could, const SlicePointers& unheld,
                                       const Request& request, const Busy& busy) {
  auto one = request;
  one.slices = 1;
  return arrange(not_taken(could.whole, busy), could.whole, unheld, one);
}

std::optional<SlicePointers> best(const Host& host, const Candidates& could, const Request& request,
                                  const Busy& busy) {
  if (!request.named.empty()) return all_named(could.slices, busy);
  const auto unheld = not_taken(usable_slices(host), busy);
  if (auto whole = one_whole(could, unheld, request, busy)) return whole;
  return arrange(not_taken(could.slices, busy), could.slices, unheld, request);
}

}  // namespace

std::vector<Slice> candidates(const Host& host, const Request& request) {
  const auto found = candidates_or_throw(host, request);
  auto all = found.slices;
  all.insert(all.end(), found.whole.begin(), found.whole.end());
  std::sort(all.begin(), all.end(), is_before);
  all.erase(std::unique(all.begin(), all.end()), all.end());
  std::vector<Slice> slices;
  for (const auto* slice : all) slices.push_back(*slice);
  return slices;
}

std::optional<Plan> choose(const Host& host, const Request& request, const Busy& busy) {
  const auto could = candidates_or_throw(host, request);
  const auto chosen = best(host, could, request, busy);
  if (!chosen) return {};
  Plan plan{.slices = {}, .reason = reason_for(*chosen, could, request)};
  for (const auto* slice : *chosen) plan.slices.push_back(*slice);
  return plan;
}

}  // namespace septet
