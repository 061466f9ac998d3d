// SPDX-License-Identifier: Apache-2.0
#include "communicate/fork_mark.hpp"

#include "communicate/test_process.hpp"

#include <gtest/gtest.h>
#include <sys/syscall.h>

namespace septet {
namespace {

TEST(ForkMark, TellsAProcessFromItsChildrenAndTheirs) {
  const ForkMark mark;
  EXPECT_TRUE(mark.is_of_this_process());
  const auto child = forked([&] {
    const auto grandchild = forked([&] { return !mark.is_of_this_process(); });
    return !mark.is_of_this_process() && status_of(grandchild) == 0;
  });
  EXPECT_EQ(status_of(child), 0);
  EXPECT_TRUE(mark.is_of_this_process());
}

TEST(ForkMark, AsksForThePidWhereTheKernelEmptiesNoPages) {
  const int status = status_of_child([] {
    if (!forget_call(SYS_madvise)) ::_exit(lacks_rights);
    const ForkMark mark;
    const auto child = forked([&] { return !mark.is_of_this_process(); });
    return mark.is_of_this_process() && status_of(child) == 0;
  });
  if (status == lacks_rights) GTEST_SKIP() << "seccomp filters are not allowed here";
  EXPECT_EQ(status, 0);
}

TEST(ForkMark, MadeInAChildIsOfThatChild) {
  const auto child = forked([] {
    const ForkMark mark;
    return mark.is_of_this_process();
  });
  EXPECT_EQ(status_of(child), 0);
}

}  // namespace
}  // namespace septet
