// SPDX-License-Identifier: Apache-2.0
#include <septet/unique_fd.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace septet {
namespace {

bool is_open(int descriptor) { return ::fcntl(descriptor, F_GETFD) != -1; }

UniqueFd null_device() { return UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

TEST(UniqueFd, ClosesWhatItHolds) {
  int number = -1;
  {
    const auto file = null_device();
    number = file.get();
    EXPECT_TRUE(is_open(number));
  }
  EXPECT_FALSE(is_open(number));
}

TEST(UniqueFd, MovingLeavesTheSourceEmpty) {
  auto first = null_device();
  const int number = first.get();
  const UniqueFd second(std::move(first));
  EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): that is the point
  EXPECT_EQ(second.get(), number);
}

TEST(UniqueFd, AssignmentClosesTheOldOne) {
  auto file = null_device();
  const int old = file.get();
  file = UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  EXPECT_NE(file.get(), old);
  EXPECT_FALSE(is_open(old));
}

TEST(UniqueFd, ReleaseLeavesItOpen) {
  auto file = null_device();
  const int number = file.release();
  EXPECT_FALSE(file);
  EXPECT_TRUE(is_open(number));
  ::close(number);
}

}  // namespace
}  // namespace septet
