// SPDX-License-Identifier: Apache-2.0
#include "launch/descendants.hpp"

#include "base/file.hpp"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

namespace septet {
namespace {

template <typename Body>
pid_t forked(Body body) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  body();
  ::_exit(0);
}

void kill_and_reap(pid_t pid) {
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
}

bool has(const std::vector<pid_t>& pids, pid_t pid) { return std::ranges::count(pids, pid) > 0; }

/// Whether `condition` comes true soon.
template <typename Condition>
bool becomes_true(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

/// Whether its first thread has ended, and nobody has waited for the process.
bool is_zombie(pid_t pid) {
  const auto text = try_read_file("/proc/" + std::to_string(pid) + "/stat").value_or("");
  return text.find(") Z ") != std::string::npos;
}

void* wait_for_signals(void*) {
  while (true) ::pause();
}

TEST(Descendants, LeaveOutTheDeadAsAFamilyDoesNot) {
  const auto dead = forked([] {});
  EXPECT_TRUE(becomes_true([&] { return !has(descendants_of(::getpid()), dead); }));
  EXPECT_TRUE(is_zombie(dead));
  EXPECT_TRUE(has(family_without({}), dead));
  kill_and_reap(dead);
  EXPECT_FALSE(has(family_without({}), dead));
}

TEST(Descendants, LiveOnWhileAnyThreadDoes) {
  const auto headless = forked([] {
    pthread_t other{};
    if (::pthread_create(&other, nullptr, wait_for_signals, nullptr) != 0) ::_exit(1);
    ::syscall(SYS_exit, 0);  // Of this thread alone, and without what the test has on its stack.
  });
  ASSERT_TRUE(becomes_true([&] { return is_zombie(headless); }));
  EXPECT_TRUE(has(descendants_of(::getpid()), headless));
  kill_and_reap(headless);
  EXPECT_FALSE(has(descendants_of(::getpid()), headless));
}

TEST(Descendants, AreNoFamilyBelowABranchThatIsLeftOut) {
  int told[2];
  ASSERT_EQ(::pipe(told), 0);
  const auto branch = forked([&] {
    const auto leaf = forked([] { wait_for_signals(nullptr); });
    if (::write(told[1], &leaf, sizeof leaf) != sizeof leaf) ::_exit(1);
    wait_for_signals(nullptr);
  });
  pid_t leaf = 0;
  ASSERT_EQ(::read(told[0], &leaf, sizeof leaf), static_cast<ssize_t>(sizeof leaf));
  EXPECT_TRUE(has(family_without({}), branch) && has(family_without({}), leaf));
  EXPECT_FALSE(has(family_without({branch}), branch) || has(family_without({branch}), leaf));
  ::kill(leaf, SIGKILL);
  kill_and_reap(branch);
  ::close(told[0]);
  ::close(told[1]);
}

}  // namespace
}  // namespace septet
