// SPDX-License-Identifier: Apache-2.0
#include "choose/eligible.hpp"

#include "choose/test_host.hpp"
#include <septet/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace septet {
namespace {

using namespace testing_hosts;
using testing::HasSubstr;

std::string usage_error(const Request& request) {
  try {
    refuse_contradictions(request);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    return error.what();
  }
  return "no error";
}

TEST(Contradictions, NameBothSides) {
  EXPECT_THAT(usage_error({.slices = 0}), HasSubstr("-n must be 1 or more"));
  EXPECT_THAT(usage_error({.same_gpu = true, .spread = true}),
              HasSubstr("--same-gpu and --spread"));
  EXPECT_THAT(usage_error({.named = {"0:0"}, .prefer_full = true}),
              HasSubstr("--prefer-full and --slice"));
  EXPECT_THAT(usage_error({.profile = "Full", .prefer_full = true}),
              HasSubstr("--prefer-full and --profile full"));
  EXPECT_THAT(usage_error({.slices = 3, .named = {"0:0", "0:1"}}), HasSubstr("-n 3 and --slice"));
}

TEST(Contradictions, CountMayAgreeWithTheNames) {
  EXPECT_EQ(usage_error({.slices = 2, .named = {"0:0", "0:1"}}), "no error");
  EXPECT_EQ(usage_error({.named = {"0:0", "0:1"}}), "no error");
}

TEST(UsableSlices, LeaveOutWhatNothingCanRunOn) {
  auto host = host_of(
      {cut(0, {g1, g1}), whole(1), cut(2, {}), cut(3, {g1}), cut(4, {g1}), whole(5), shared(6, 2)});
  host.gpus[0].slices[1].memory_bytes = 0;
  host.gpus[3].state = GpuState::lost;
  host.gpus[4].state = GpuState::denied;
  host.gpus[5].state = GpuState::partitioned;  // Its one slice is the parent itself.
  Plan usable;
  for (const auto* slice : usable_slices(host)) usable.slices.push_back(*slice);
  EXPECT_EQ(positions(usable), "0:0 1 6:0 6:1");
}

bool serves(const std::string& profile, std::uint64_t bytes, std::uint64_t asked) {
  Slice slice;
  slice.profile = profile;
  slice.memory_bytes = bytes;
  return has_memory(slice, asked);
}

TEST(Memory, WholeGibibytesMeanTheSizeThatASliceIsSoldAs) {
  EXPECT_TRUE(serves("1g.10gb", 9728 * mebibyte, 10 * gibibyte));
  EXPECT_TRUE(serves("1g.18gb+me", 16384 * mebibyte, 18 * gibibyte));
  EXPECT_TRUE(serves("1c.3g.20gb", 20096 * mebibyte, 20 * gibibyte));
  EXPECT_TRUE(serves("mps.4", 20000 * mebibyte, 20 * gibibyte));
  EXPECT_FALSE(serves("1g.10gb", 9728 * mebibyte, 11 * gibibyte));
}

TEST(Memory, FinerSizesAreComparedWithTheBytes) {
  EXPECT_FALSE(serves("1g.10gb", 9728 * mebibyte, 9729 * mebibyte));
  EXPECT_TRUE(serves("1g.10gb", 9728 * mebibyte, 9728 * mebibyte));
}

}  // namespace
}  // namespace septet
