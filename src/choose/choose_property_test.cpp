// SPDX-License-Identifier: Apache-2.0
// What must hold for every host, request and set of held slices; and, on small hosts, that nothing
// better could have been chosen, found by trying every set of slices.
#include "choose/eligible.hpp"
#include "choose/test_host.hpp"
#include <septet/error.hpp>
#include <septet/plan.hpp>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace septet {
namespace {

using namespace testing_hosts;

/// A question: what to choose for `request` on `host` while `busy` is held.
struct Question {
  Host host;
  Request request;
  Busy busy;
};

/// Over the whole range from the first try on: RapidCheck would begin near `least`.
int draw(int least, int most) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(least, most + 1));
}

bool one_in(int n) { return draw(1, n) == 1; }

template <typename Value>
Value draw_of(const std::vector<Value>& values) {
  return values.at(static_cast<std::size_t>(draw(0, static_cast<int>(values.size()) - 1)));
}

Gpu draw_gpu(int index, int most_slices) {
  const int kind = draw(0, 9);
  if (kind == 0) return cut(index, {});
  if (kind <= 2) return whole(index, draw_of<double>({39.5, 79.6}));
  if (kind == 3) return shared(index, draw(1, most_slices));
  // Every second one of equal memory and unequal speed.
  const auto choices = one_in(2) ? std::vector{g1_double, g2} : std::vector{g1, g1, g2, g3, g4};
  std::vector<Shape> shapes;
  for (int n = draw(1, most_slices); n > 0; --n) shapes.push_back(draw_of(choices));
  auto gpu = cut(index, shapes);
  if (kind == 4) gpu.state = draw_of<GpuState>({GpuState::lost, GpuState::denied});
  if (kind == 5) gpu.slices.back().memory_bytes = 0;
  return gpu;
}

Request draw_request(const Host& host) {
  Request request{.slices = draw(1, 4)};
  if (one_in(4)) request.memory_bytes = draw_of<std::uint64_t>({5, 9, 10, 20, 40}) * gibibyte;
  if (one_in(4)) {
    request.profile = draw_of<std::string>({"1g.5gb", "1G.10GB", "2g.10gb", "full", "9g.9gb"});
  }
  if (one_in(4)) request.gpus = {draw(0, static_cast<int>(host.gpus.size())), 0};
  request.same_gpu = one_in(4);
  request.spread = !request.same_gpu && one_in(4);
  request.allow_mixed = one_in(4);
  request.prefer_full = request.profile != "full" && one_in(4);
  return request;
}

Question draw_question(int most_gpus, int most_slices) {
  Question question;
  std::vector<Gpu> gpus;
  for (int n = draw(1, most_gpus), i = 0; i < n; ++i) gpus.push_back(draw_gpu(i, most_slices));
  question.host = host_of(std::move(gpus));
  question.request = draw_request(question.host);
  for (const auto& slice : slices_of(question.host)) {
    if (one_in(3)) question.busy.insert(slice.uuid);
  }
  return question;
}

/// The candidates, or none when the request can never be met.
std::vector<Slice> possible(const Question& question) {
  try {
    return candidates(question.host, question.request);
  } catch (const Error& error) {
    RC_ASSERT(error.kind() == ErrorKind::device);
    return {};
  }
}

std::optional<Plan> answer(const Question& question, const Busy& busy) {
  if (possible(question).empty()) return {};
  return choose(question.host, question.request, busy);
}

std::optional<Plan> answer(const Question& question) { return answer(question, question.busy); }

template <typename Property>
void check(int most_gpus, int most_slices, Property property) {
  EXPECT_TRUE(rc::check([=] { property(draw_question(most_gpus, most_slices)); }));
}

bool is_equal_in_memory(const std::vector<Slice>& slices) {
  return std::all_of(slices.begin(), slices.end(), [&slices](const Slice& slice) {
    return slice.memory_bytes == slices.front().memory_bytes;
  });
}

std::set<int> gpus_of(const std::vector<Slice>& slices) {
  std::set<int> gpus;
  for (const auto& slice : slices) gpus.insert(slice.gpu);
  return gpus;
}

TEST(ChooseProperty, APlanIsMadeOfFreeCandidatesEachOnce) {
  check(5, 7, [](const Question& question) {
    const auto plan = answer(question);
    RC_PRE(plan.has_value());
    const auto could = possible(question);
    std::set<std::string> uuids;
    for (const auto& slice : plan->slices) {
      RC_ASSERT(std::find(could.begin(), could.end(), slice) != could.end());
      RC_ASSERT(!is_taken(slice, question.busy));
      RC_ASSERT(uuids.insert(slice.uuid).second);
    }
  });
}

TEST(ChooseProperty, APlanIsWhatWasAskedFor) {
  check(5, 7, [](const Question& question) {
    const auto plan = answer(question);
    RC_PRE(plan.has_value());
    const auto& request = question.request;
    const auto& slices = plan->slices;
    const bool one_whole = request.prefer_full && slices.front().kind == SliceKind::full;
    RC_ASSERT(static_cast<int>(slices.size()) == (one_whole ? 1 : request.slices));
    RC_ASSERT(request.allow_mixed || is_equal_in_memory(slices));
    RC_ASSERT(!request.same_gpu || gpus_of(slices).size() == 1);
    for (const auto& slice : slices) RC_ASSERT(one_whole || fits(slice, request));
    RC_ASSERT(!plan->reason.empty());
  });
}

TEST(ChooseProperty, NothingIsGrantedOfAGpuThatCannotRunIt) {
  check(5, 7, [](const Question& question) {
    const auto plan = answer(question);
    RC_PRE(plan.has_value());
    for (const auto& slice : plan->slices) {
      const auto state = question.host.gpus.at(static_cast<std::size_t>(slice.gpu)).state;
      RC_ASSERT(state == GpuState::full || state == GpuState::partitioned ||
                state == GpuState::shared);
      RC_ASSERT((slice.kind == SliceKind::full) == (state == GpuState::full));
      RC_ASSERT(slice.memory_bytes > 0U);
    }
  });
}

TEST(ChooseProperty, NeverMetMeansNoPlanOnAnIdleHost) {
  check(5, 7, [](const Question& question) {
    RC_ASSERT(answer(question, {}).has_value() == !possible(question).empty());
  });
}

TEST(ChooseProperty, FreeingSlicesNeverTurnsAPlanIntoNothing) {
  check(5, 7, [](const Question& question) {
    RC_PRE(answer(question).has_value());
    Busy fewer;
    for (const auto& uuid : question.busy) {
      if (one_in(2)) fewer.insert(uuid);
    }
    RC_ASSERT(answer(question, fewer).has_value());
  });
}

TEST(ChooseProperty, TheOrderOfTheHostDoesNotMatter) {
  check(5, 7, [](Question question) {
    const auto plan = answer(question);
    const auto could = possible(question);
    std::reverse(question.host.gpus.begin(), question.host.gpus.end());
    for (auto& gpu : question.host.gpus) std::reverse(gpu.slices.begin(), gpu.slices.end());
    RC_ASSERT(answer(question) == plan);
    RC_ASSERT(possible(question) == could);
  });
}

TEST(ChooseProperty, NamingAPlansSlicesGetsThemAgain) {
  check(5, 7, [](Question question) {
    const auto plan = answer(question);
    RC_PRE(plan.has_value());
    question.request = {.allow_mixed = question.request.allow_mixed};
    for (const auto& slice : plan->slices) question.request.named.push_back(slice.uuid);
    const auto again = answer(question);
    RC_ASSERT(again.has_value());
    RC_ASSERT(again->slices == plan->slices);
  });
}

/// Every set of `slices`; requires few of them.
std::vector<std::vector<Slice>> subsets(const std::vector<Slice>& slices) {
  std::vector<std::vector<Slice>> all{{}};
  for (const auto& slice : slices) {
    const auto before = all.size();
    for (std::size_t i = 0; i < before; ++i) {
      all.push_back(all[i]);
      all.back().push_back(slice);
    }
  }
  return all;
}

/// Whether `slices` serve `request`, leaving aside that slices go before whole GPUs.
bool serves(const std::vector<Slice>& slices, const Request& request) {
  return static_cast<int>(slices.size()) == request.slices &&
         (request.allow_mixed || is_equal_in_memory(slices)) &&
         (!request.same_gpu || gpus_of(slices).size() == 1) &&
         std::all_of(slices.begin(), slices.end(),
                     [&request](const Slice& slice) { return fits(slice, request); });
}

bool has_whole_gpu(const std::vector<Slice>& slices) {
  return std::any_of(slices.begin(), slices.end(),
                     [](const Slice& slice) { return slice.kind == SliceKind::full; });
}

/// Every set of slices that could serve an idle host, by trying all.
std::vector<std::vector<Slice>> all_plans(const Question& question) {
  std::vector<Slice> usable;
  for (const auto* slice : usable_slices(question.host)) usable.push_back(*slice);
  auto plans = subsets(usable);
  std::erase_if(plans, [&](const auto& slices) { return !serves(slices, question.request); });
  if (!std::all_of(plans.begin(), plans.end(), has_whole_gpu)) std::erase_if(plans, has_whole_gpu);
  return plans;
}

std::vector<std::vector<Slice>> free_plans(const Question& question) {
  auto plans = all_plans(question);
  std::erase_if(plans, [&question](const auto& slices) {
    return std::any_of(slices.begin(), slices.end(),
                       [&question](const Slice& slice) { return is_taken(slice, question.busy); });
  });
  return plans;
}

TEST(ChooseOracle, CandidatesAreExactlyTheSlicesOfAllPlans) {
  check(3, 3, [](Question question) {
    question.request.prefer_full = false;
    std::set<std::string> expected;
    for (const auto& plan : all_plans(question)) {
      for (const auto& slice : plan) expected.insert(slice.uuid);
    }
    std::set<std::string> found;
    for (const auto& slice : possible(question)) found.insert(slice.uuid);
    RC_ASSERT(found == expected);
  });
}

TEST(ChooseOracle, ThereIsAPlanExactlyWhenSomeSetServes) {
  check(3, 3, [](Question question) {
    question.request.prefer_full = false;
    RC_ASSERT(answer(question).has_value() == !free_plans(question).empty());
  });
}

std::uint64_t least_memory(const std::vector<Slice>& slices) {
  auto least = slices.front().memory_bytes;
  for (const auto& slice : slices) least = std::min(least, slice.memory_bytes);
  return least;
}

bool is_equal_in_speed(const std::vector<Slice>& slices) {
  return std::all_of(slices.begin(), slices.end(), [&slices](const Slice& slice) {
    return slice.multiprocessors == slices.front().multiprocessors;
  });
}

/// The rules of docs/choose.md for slices of equal memory, most weighty first; less is better.
auto badness(const std::vector<Slice>& slices, const Question& question) {
  const auto& request = question.request;
  const auto gpus = static_cast<int>(gpus_of(slices).size());
  const auto memory = least_memory(slices);
  const auto could = possible(question);
  const auto alike = std::count_if(could.begin(), could.end(), [memory](const Slice& slice) {
    return slice.memory_bytes == memory;
  });
  return std::tuple(request.spread ? -gpus : gpus, !is_equal_in_speed(slices),
                    request.memory_bytes ? 0 : -alike, request.memory_bytes ? memory : ~memory);
}

TEST(ChooseOracle, NoSetOfEqualMemoryIsBetterByTheRules) {
  check(3, 3, [](Question question) {
    question.request.prefer_full = false;
    auto plans = free_plans(question);
    std::erase_if(plans, [](const auto& slices) { return !is_equal_in_memory(slices); });
    RC_PRE(!plans.empty());
    const auto chosen = answer(question)->slices;
    RC_ASSERT(is_equal_in_memory(chosen));
    for (const auto& slices : plans) {
      RC_ASSERT(!(badness(slices, question) < badness(chosen, question)));
    }
  });
}

/// A GPU of few slices, which seldom agree in memory.
Gpu draw_motley_gpu(int index) {
  std::vector<Shape> shapes;
  for (int n = draw(1, 3); n > 0; --n) shapes.push_back(draw_of<Shape>({g1, g2, g3}));
  return cut(index, shapes);
}

TEST(ChooseOracle, NoMixedSetHasALargerSmallestSlice) {
  check(1, 1, [](Question question) {
    question.host = host_of({draw_motley_gpu(0), draw_motley_gpu(1)});
    question.request = {.slices = draw(2, 4), .same_gpu = one_in(4), .allow_mixed = true};
    const auto plans = free_plans(question);
    const bool equal = std::any_of(plans.begin(), plans.end(), is_equal_in_memory);
    if (plans.empty() || equal) return;
    const auto chosen = answer(question)->slices;
    for (const auto& slices : plans) RC_ASSERT(least_memory(slices) <= least_memory(chosen));
  });
}

TEST(ChooseOracle, NoOtherGpuFitsBetter) {
  check(3, 3, [](Question question) {
    question.request.prefer_full = question.request.spread = false;
    const auto plan = answer(question);
    RC_PRE(plan.has_value());
    RC_PRE(gpus_of(plan->slices).size() == 1);
    std::map<int, int> unheld;
    for (const auto* slice : usable_slices(question.host)) {
      if (!is_taken(*slice, question.busy)) ++unheld[slice->gpu];
    }
    for (const auto& slices : free_plans(question)) {
      const bool equal = is_equal_in_memory(slices) && gpus_of(slices).size() == 1 &&
                         badness(slices, question) == badness(plan->slices, question);
      RC_ASSERT(!equal || unheld[slices.front().gpu] >= unheld[plan->slices.front().gpu]);
    }
  });
}

TEST(ChooseOracle, PreferFullTakesAWholeGpuExactlyWhenOneIsFree) {
  check(3, 3, [](Question question) {
    question.request.prefer_full = true;
    if (question.request.profile == "full") question.request.profile.clear();
    auto whole = question;
    whole.request = {.memory_bytes = question.request.memory_bytes,
                     .profile = "full",
                     .gpus = question.request.gpus};
    const auto one = answer(whole);
    const auto plan = answer(question);
    if (one) {
      RC_ASSERT(plan.has_value());
      RC_ASSERT(plan->slices == one->slices);
    } else if (plan) {
      RC_ASSERT(static_cast<int>(plan->slices.size()) == question.request.slices);
    }
  });
}

}  // namespace
}  // namespace septet
