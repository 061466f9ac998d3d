// SPDX-License-Identifier: Apache-2.0
#include "choose/explain.hpp"

#include "choose/test_host.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace septet {
namespace {

using namespace testing_hosts;
using testing::HasSubstr;

const Host mixed_host = host_of({cut(0, {g1, g1, g3}), whole(1), cut(2, {})});

std::string refusal(const Host& host, const Request& request) {
  try {
    (void)candidates(host, request);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::device);
    return error.what();
  }
  return "no error";
}

std::string reason(const Host& host, const Request& request, const Busy& busy = {}) {
  const auto plan = choose(host, request, busy);
  return plan ? plan->reason : "waits";
}

TEST(NeverMet, NamesWhatWasAskedAndWhatThereIs) {
  EXPECT_EQ(refusal(mixed_host, {.slices = 9, .memory_bytes = gibibyte, .same_gpu = true}),
            "this host can never give 9 slices with 1 GiB on one GPU; it has 2 x 1g.5gb (4.8 GiB) "
            "on GPU 0, 1 x 3g.20gb (19.6 GiB) on GPU 0, whole GPU 1 (39.5 GiB); GPU 2 is empty; it "
            "could with -n 2");
}

TEST(NeverMet, OffersChangesThatWouldDo) {
  EXPECT_THAT(refusal(mixed_host, {.slices = 4}), HasSubstr("with --allow-mixed or with -n 2"));
  EXPECT_THAT(refusal(mixed_host, {.memory_bytes = 50 * gibibyte}),
              HasSubstr("with --memory 40448M"));
  EXPECT_THAT(refusal(host_of({cut(0, {g1}), cut(1, {g1})}), {.slices = 2, .same_gpu = true}),
              HasSubstr("without --same-gpu or with -n 1"));
  EXPECT_THAT(refusal(mixed_host, {.profile = "3g.20gb", .gpus = {1}}),
              HasSubstr("it could without --gpu"));
}

TEST(NeverMet, SaysNearMissesOfAProfile) {
  EXPECT_THAT(refusal(mixed_host, {.profile = "3g20gb"}),
              HasSubstr("it could with --profile 3g.20gb"));
  EXPECT_THAT(refusal(mixed_host, {.profile = "2g.12gb"}), testing::Not(HasSubstr("it could")));
}

TEST(NeverMet, SaysWhyAGpuGivesNothing) {
  auto host = host_of({whole(0)});
  host.gpus[0].state = GpuState::lost;
  host.gpus[0].trouble = "fell off the bus: reset it";
  EXPECT_EQ(refusal(host, {}),
            "this host can never give 1 slice; it has nothing that can be used; GPU 0 is lost "
            "(fell off the bus: reset it)");
  EXPECT_THAT(refusal(host, {.gpus = {3}}), HasSubstr("it has no GPU 3;"));
}

TEST(NeverMet, SaysWhatHidesTheRestOfTheHost) {
  auto host = host_of({});
  host.hidden_by = "CUDA_VISIBLE_DEVICES=\"\"";
  EXPECT_THAT(refusal(host, {}), HasSubstr("CUDA_VISIBLE_DEVICES=\"\" hides other devices"));
}

TEST(NeverMet, UnequalNamesNeedAllowMixed) {
  EXPECT_THAT(refusal(mixed_host, {.named = {"0:0", "0:2"}}),
              HasSubstr("can never give 0:0 and 0:2; "));
  EXPECT_THAT(refusal(mixed_host, {.named = {"0:0", "0:2"}}),
              HasSubstr("it could with --allow-mixed"));
}

TEST(NeverMet, AParentIsNotHadByName) {
  EXPECT_THAT(refusal(mixed_host, {.named = {"0"}}), HasSubstr("\"0\" is partitioned"));
  EXPECT_THAT(refusal(mixed_host, {.named = {"GPU-2"}}), HasSubstr("\"GPU-2\" is empty"));
}

TEST(Names, OfOneSliceInTwoSpellingsAreAUsageError) {
  try {
    (void)candidates(mixed_host, {.named = {"0:0", "MIG-0-0"}});
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    EXPECT_THAT(error.what(), HasSubstr("\"MIG-0-0\" names slice 0:0"));
  }
}

TEST(Reason, SaysWhichAndWhy) {
  EXPECT_EQ(reason(mixed_host, {}),
            "1 x 1g.5gb (4.8 GiB) on GPU 0: the most common size that is free");
  EXPECT_EQ(reason(mixed_host, {.slices = 2}), "2 x 1g.5gb (4.8 GiB) on GPU 0: one GPU serves all");
  EXPECT_EQ(reason(mixed_host, {.slices = 4, .prefer_full = true}),
            "whole GPU 1 (39.5 GiB): free as a whole, which --prefer-full puts before 4 slices");
  EXPECT_EQ(reason(mixed_host, {.slices = 2, .prefer_full = true}, {"GPU-1"}),
            "2 x 1g.5gb (4.8 GiB) on GPU 0: no whole GPU is free for --prefer-full; one GPU serves "
            "all");
}

TEST(Reason, SaysWhenASizeIsNominal) {
  EXPECT_THAT(reason(mixed_host, {.memory_bytes = 5 * gibibyte}),
              HasSubstr("the smallest free one that is sold as 5 GiB"));
  EXPECT_THAT(reason(mixed_host, {.memory_bytes = 4 * gibibyte}),
              HasSubstr("the smallest free one with 4 GiB"));
}

TEST(Reason, OfMixedSlicesPrintsTheSmallest) {
  EXPECT_THAT(reason(mixed_host, {.slices = 3, .allow_mixed = true}),
              HasSubstr("unequal memory, the smallest has 4.8 GiB"));
}

}  // namespace
}  // namespace septet
