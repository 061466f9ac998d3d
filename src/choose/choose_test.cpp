// SPDX-License-Identifier: Apache-2.0
#include "choose/test_host.hpp"
#include <septet/error.hpp>
#include <septet/plan.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace septet {
namespace {

using namespace testing_hosts;

/// One rule: on this host, with these positions busy, this request gets these positions.
struct Case {
  std::string rule;
  Host host;
  Request request;
  std::vector<std::string> busy;
  std::string expected;
};

std::ostream& operator<<(std::ostream& out, const Case& rule) { return out << rule.rule; }

class Choose : public testing::TestWithParam<Case> {};

TEST_P(Choose, FollowsTheRule) {
  const auto& rule = GetParam();
  const auto plan = choose(rule.host, rule.request, busy_at(rule.host, rule.busy));
  EXPECT_EQ(positions(plan), rule.expected) << (plan ? plan->reason : "no plan");
}

Request ask(int slices) { return {.slices = slices}; }

Request ask_memory(int slices, double gibibytes) {
  auto request = ask(slices);
  request.memory_bytes = static_cast<std::uint64_t>(gibibytes * 1024) * mebibyte;
  return request;
}

Request ask_profile(int slices, const std::string& profile) {
  return {.slices = slices, .profile = profile};
}

Request ask_named(const std::vector<std::string>& names) { return {.named = names}; }

template <typename Change>
Request with(Request request, Change change) {
  change(request);
  return request;
}

const auto same_gpu = [](Request& request) { request.same_gpu = true; };
const auto spread = [](Request& request) { request.spread = true; };
const auto prefer_full = [](Request& request) { request.prefer_full = true; };
const auto allow_mixed = [](Request& request) { request.allow_mixed = true; };
const auto on_gpu_1 = [](Request& request) { request.gpus = {1}; };

const Host two_gpus = host_of({cut(0, {g1, g1, g1, g1}), cut(1, {g1, g1, g1, g1, g1, g1, g1})});
const Host sizes = host_of({cut(0, {g3, g2, g1}), cut(1, {g1, g1})});
const Host with_whole = host_of({cut(0, {g1, g1, g1, g1}), whole(1), whole(2)});

INSTANTIATE_TEST_SUITE_P(
    Placement, Choose,
    testing::Values(
        Case{"one GPU if one can serve all", two_gpus, ask(5), {}, "1:0 1:1 1:2 1:3 1:4"},
        Case{"the GPU that is left with the fewest", two_gpus, ask(3), {}, "0:0 0:1 0:2"},
        Case{"the same, where GPU 1 is the fuller one",
             two_gpus,
             ask(3),
             {"1:0", "1:1", "1:3", "1:4"},
             "1:2 1:5 1:6"},
        Case{"else as few GPUs as possible",
             two_gpus,
             ask(8),
             {},
             "0:0 1:0 1:1 1:2 1:3 1:4 1:5 1:6"},
        Case{"spread takes turns", two_gpus, with(ask(4), spread), {}, "0:0 1:0 0:1 1:1"},
        Case{"spread goes on where there is more",
             two_gpus,
             with(ask(5), spread),
             {"0:1", "0:2", "0:3"},
             "0:0 1:0 1:1 1:2 1:3"},
        Case{"spread of one takes the emptiest GPU", two_gpus, with(ask(1), spread), {}, "1:0"},
        Case{"same GPU or not at all", two_gpus, with(ask(7), same_gpu), {"1:0"}, "waits"},
        Case{"only on the GPUs given", two_gpus, with(ask(2), on_gpu_1), {}, "1:0 1:1"},
        Case{"fewer free than asked for", two_gpus, ask(11), {"0:3"}, "waits"}));

INSTANTIATE_TEST_SUITE_P(
    Size, Choose,
    testing::Values(
        Case{"the most common size", sizes, ask(1), {}, "1:0"},
        Case{"the larger of two equally common", host_of({cut(0, {g1, g3})}), ask(1), {}, "0:1"},
        Case{"another size when that one is gone", sizes, ask(1), {"0:2", "1:0", "1:1"}, "0:0"},
        Case{"equal memory", sizes, ask(3), {}, "0:2 1:0 1:1"},
        Case{"the smallest with the memory asked for", sizes, ask_memory(1, 5), {"0:2"}, "1:0"},
        Case{"sold as 10 GB is 10 GB", sizes, ask_memory(1, 10), {}, "0:1"},
        Case{"but to the byte when asked finely", sizes, ask_memory(1, 9.875), {}, "0:0"},
        Case{"the next larger is taken when busy", sizes, ask_memory(1, 10), {"0:1"}, "0:0"},
        Case{"equal speed before mere equal memory",
             host_of({cut(0, {g1_double, g2, g2})}),
             ask(2),
             {},
             "0:1 0:2"},
        Case{"equal memory will do", host_of({cut(0, {g1_double, g2})}), ask(2), {}, "0:0 0:1"},
        Case{"one GPU before equal speed",
             host_of({cut(0, {g4, g3}), cut(1, {g4})}),
             ask(2),
             {},
             "0:0 0:1"},
        Case{"mixed only when equal ones are short",
             sizes,
             with(ask(3), allow_mixed),
             {},
             "0:2 1:0 1:1"},
        Case{"mixed with the smallest as large as can be",
             sizes,
             with(ask(2), allow_mixed),
             {"1:0", "1:1"},
             "0:0 0:1"},
        Case{"mixed on one GPU",
             sizes,
             with(with(ask(3), allow_mixed), same_gpu),
             {},
             "0:0 0:1 0:2"},
        Case{"exactly the profile", sizes, ask_profile(1, "2g.10gb"), {}, "0:1"},
        Case{"in any case of letters", sizes, ask_profile(1, "2G.10GB"), {}, "0:1"},
        Case{"a busy profile is waited for", sizes, ask_profile(1, "2g.10gb"), {"0:1"}, "waits"}));

INSTANTIATE_TEST_SUITE_P(
    Whole, Choose,
    testing::Values(
        Case{"slices before whole GPUs", with_whole, ask(1), {}, "0:0"},
        Case{"even when they are busy", with_whole, ask(4), {"0:0"}, "waits"},
        Case{"whole GPUs when slices never could", with_whole, ask_memory(2, 20), {}, "1 2"},
        Case{"whole GPUs where there is nothing else", host_of({whole(0)}), ask(1), {}, "0"},
        Case{"an 80 GB board has 80 GB", host_of({whole(0, 79.6)}), ask_memory(1, 80), {}, "0"},
        Case{"whole by profile", with_whole, ask_profile(1, "full"), {}, "1"},
        Case{"whole by name", with_whole, ask_named({"2"}), {}, "2"},
        Case{"prefer full takes one for all", with_whole, with(ask(4), prefer_full), {}, "1"},
        Case{"the next free one", with_whole, with(ask(4), prefer_full), {"1"}, "2"},
        Case{"else slices", with_whole, with(ask(4), prefer_full), {"1", "2"}, "0:0 0:1 0:2 0:3"},
        Case{"prefer full keeps the profile for slices",
             with_whole,
             with(ask_profile(2, "1g.5gb"), prefer_full),
             {"1", "2"},
             "0:0 0:1"},
        Case{"prefer full when no slices could serve",
             with_whole,
             with(ask(9), prefer_full),
             {},
             "1"},
        Case{"and waits for it", with_whole, with(ask(9), prefer_full), {"1", "2"}, "waits"}));

INSTANTIATE_TEST_SUITE_P(
    Named, Choose,
    testing::Values(
        Case{"exactly these, in their order", two_gpus, ask_named({"1:3", "0:1"}), {}, "1:3 0:1"},
        Case{"all or nothing", two_gpus, ask_named({"1:3", "0:1"}), {"0:1"}, "waits"},
        Case{"by uuid", two_gpus, ask_named({"MIG-1-6"}), {}, "1:6"},
        Case{"unequal where allowed",
             sizes,
             with(ask_named({"0:0", "0:2"}), allow_mixed),
             {},
             "0:0 0:2"}));

INSTANTIATE_TEST_SUITE_P(
    StandIns, Choose,
    testing::Values(
        Case{"shares are slices", host_of({shared(0, 4)}), ask(2), {"0:0"}, "0:1 0:2"},
        Case{"before whole GPUs", host_of({whole(0), shared(1, 2)}), ask(1), {}, "1:0"}));

TEST(ChooseOverlap, SharesOfAGpuThatIsHeldWholeAreTaken) {
  EXPECT_EQ(choose(host_of({shared(0, 4)}), ask(1), {"GPU-0"}), std::nullopt);
}

TEST(ChooseOverlap, AGpuWithAHeldShareIsNotFreeAsAWhole) {
  const auto host = host_of({whole(0), whole(1)});
  EXPECT_EQ(positions(choose(host, ask(1), {"MPS-GPU-0-4.2"})), "1");
}

TEST(ChooseOverlap, SharesOfAnotherDivisionAreTaken) {
  const auto host = host_of({shared(0, 4), shared(1, 4)});
  EXPECT_EQ(positions(choose(host, ask(2), {"MPS-GPU-0-2.0"})), "1:0 1:1");
}

TEST(Candidates, AreThoseOfSomePlan) {
  const auto of = [](const Host& host, const Request& request) {
    return positions(Plan{candidates(host, request), ""});
  };
  EXPECT_EQ(of(sizes, ask(2)), "0:2 1:0 1:1");
  EXPECT_EQ(of(sizes, with(ask(2), same_gpu)), "1:0 1:1");
  EXPECT_EQ(of(sizes, with(ask(2), allow_mixed)), "0:0 0:1 0:2 1:0 1:1");
  EXPECT_EQ(of(with_whole, ask(1)), "0:0 0:1 0:2 0:3");
  EXPECT_EQ(of(with_whole, with(ask(1), prefer_full)), "0:0 0:1 0:2 0:3 1 2");
  EXPECT_EQ(of(two_gpus, ask_named({"1:3", "0:1"})), "0:1 1:3");
}

}  // namespace
}  // namespace septet
