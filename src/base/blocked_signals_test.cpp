// SPDX-License-Identifier: Apache-2.0
#include "base/blocked_signals.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace septet {
namespace {

bool is_blocked(int signal) {
  sigset_t mask;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  return ::sigismember(&mask, signal) == 1;
}

TEST(BlockedSignals, LastAsLongAsTheObject) {
  {
    const BlockedSignals blocked;
    EXPECT_TRUE(is_blocked(SIGCHLD));
    EXPECT_TRUE(is_blocked(SIGINT));
  }
  EXPECT_FALSE(is_blocked(SIGCHLD));
  EXPECT_FALSE(is_blocked(SIGINT));
}

TEST(BlockedSignals, StayBlockedInAThreadThatStartedMeanwhile) {
  bool blocked_there = false;
  std::thread thread;
  {
    const BlockedSignals blocked;
    thread = std::thread([&] { blocked_there = is_blocked(SIGCHLD); });
  }
  thread.join();
  EXPECT_TRUE(blocked_there);
}

}  // namespace
}  // namespace septet
