// SPDX-License-Identifier: Apache-2.0
#include "communicate/host/cores.hpp"

#include "base/file.hpp"
#include "base/test_folder.hpp"

#include <gtest/gtest.h>
#include <sched.h>

#include <bit>
#include <vector>

namespace septet {
namespace {

/// Cores first … first + count.
CoreShare cores(std::size_t first, std::size_t count) {
  CoreShare share;
  for (std::size_t c = first; c < first + count; ++c) {
    share.mask[c / 64] |= std::uint64_t{1} << c % 64;
  }
  return share;
}

/// `ranks` shares of `each` cores, none of which two have.
std::vector<CoreShare> apart(std::size_t ranks, std::size_t each) {
  std::vector<CoreShare> shares;
  for (std::size_t r = 0; r < ranks; ++r) shares.push_back(cores(60 + r * each, each));
  return shares;
}

TEST(Cores, SharesOfALauncherCountTogether) {
  EXPECT_TRUE(has_core_to_combine(apart(4, 4), 0));
  EXPECT_TRUE(has_core_to_combine(apart(7, 2), 6));
}

TEST(Cores, ThoseThatAllRanksMayUseCountOnce) {
  const auto all_of = [](std::size_t count) { return std::vector(4, cores(0, count)); };
  EXPECT_TRUE(has_core_to_combine(all_of(8), 0));
  EXPECT_FALSE(has_core_to_combine(all_of(7), 0));
}

TEST(Cores, ARankWithOneOfItsOwnDoesNotCombine) {
  auto shares = apart(3, 4);
  shares[1] = cores(0, 1);
  EXPECT_FALSE(has_core_to_combine(shares, 1));
  EXPECT_TRUE(has_core_to_combine(shares, 0));
}

TEST(Cores, AQuotaCountsForAll) {
  auto shares = apart(4, 4);
  shares[2].quota = 7;
  EXPECT_FALSE(has_core_to_combine(shares, 0));
  shares[2].quota = 8;
  EXPECT_TRUE(has_core_to_combine(shares, 0));
}

class CoreShareTest : public testing::Test {
 protected:
  /// The quota of a process in the group user/job.
  [[nodiscard]] std::uint64_t quota(const char* of_user, const char* of_job) const {
    const auto write = [&](const char* path, const char* text) {
      std::filesystem::create_directories((folder_.path() / path).parent_path());
      replace_file(folder_.path() / path, text);
    };
    write("proc/self/cgroup", "0::/user/job\n");
    write("sys/fs/cgroup/user/cpu.max", of_user);
    write("sys/fs/cgroup/user/job/cpu.max", of_job);
    return own_core_share(folder_.path()).quota;
  }

  const TestFolder folder_;
};

TEST_F(CoreShareTest, HasTheLeastQuotaOfItsGroupsRoundedDown) {
  EXPECT_EQ(quota("max 100000\n", "350000 100000\n"), 3U);
  EXPECT_EQ(quota("50000 25000\n", "350000 100000\n"), 2U);
  EXPECT_EQ(quota("max 100000\n", "50000 100000\n"), 0U);
}

TEST_F(CoreShareTest, IsUnlimitedWhereNothingTells) {
  EXPECT_EQ(quota("max 100000\n", "max 100000\n"), CoreShare{}.quota);
  EXPECT_EQ(quota("", "nonsense 0\n"), CoreShare{}.quota);
}

TEST(CoreShare, HasTheCoresOfTheThread) {
  const auto share = own_core_share();
  std::size_t all = 0;
  for (const auto word : share.mask) all += static_cast<std::size_t>(std::popcount(word));
  cpu_set_t allowed;
  ASSERT_EQ(::sched_getaffinity(0, sizeof allowed, &allowed), 0);
  EXPECT_EQ(all, static_cast<std::size_t>(CPU_COUNT(&allowed)));
}

}  // namespace
}  // namespace septet
