// SPDX-License-Identifier: Apache-2.0
#include "communicate/free_memory.hpp"

#include "base/file.hpp"
#include "base/test_folder.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace septet {
namespace {

class FreeMemoryTest : public testing::Test {
 protected:
  void write(const std::filesystem::path& path, std::string_view text) {
    std::filesystem::create_directories((folder_.path() / path).parent_path());
    replace_file(folder_.path() / path, text);
  }
  [[nodiscard]] std::uint64_t bytes() const { return free_memory(folder_.path()); }

  const TestFolder folder_;
};

TEST_F(FreeMemoryTest, IsWhatTheHostHasWithSwap) {
  write("proc/meminfo", "MemTotal:  99 kB\nMemAvailable:    8 kB\nSwapFree:   2 kB\n");
  EXPECT_EQ(bytes(), 10U * 1024);
}

TEST_F(FreeMemoryTest, IsBoundByAControlGroupWhosePageCacheCountsAsFree) {
  write("proc/meminfo", "MemAvailable:    8 kB\n");
  write("sys/fs/cgroup/memory.max", "5000\n");
  write("sys/fs/cgroup/memory.current", "4000\n");
  write("sys/fs/cgroup/memory.stat", "anon 1\ninactive_file 500\nactive_file 100\n");
  EXPECT_EQ(bytes(), 1600U);
}

TEST_F(FreeMemoryTest, IsBoundByEveryGroupAbove) {
  write("proc/meminfo", "MemAvailable:    8 kB\n");
  write("proc/self/cgroup", "1:name=systemd:/x\n0::/user/job\n");
  write("sys/fs/cgroup/user/job/memory.max", "max\n");
  write("sys/fs/cgroup/user/job/memory.current", "1\n");
  write("sys/fs/cgroup/user/memory.max", "70\n");
  write("sys/fs/cgroup/user/memory.current", "30\n");
  EXPECT_EQ(bytes(), 40U);
}

TEST_F(FreeMemoryTest, OfAGroupOverItsLimitIsNone) {
  write("sys/fs/cgroup/memory.max", "10\n");
  write("sys/fs/cgroup/memory.current", "11\n");
  EXPECT_EQ(bytes(), 0U);
}

TEST_F(FreeMemoryTest, IsUnboundWhereNothingTells) {
  EXPECT_EQ(bytes(), std::numeric_limits<std::uint64_t>::max());
}

TEST(FreeMemory, OfThisHostIsSome) { EXPECT_GT(free_memory(), 1U << 20U); }

}  // namespace
}  // namespace septet
