// SPDX-License-Identifier: Apache-2.0
// Many processes, of two users where this one is root, ask, wait, hold and die at random. They
// witness themselves, by locks and counters that Septet knows nothing of, that no slice is held
// twice and that nobody is overtaken.
#include "lease/acquire.hpp"
#include "lease/testing_world.hpp"
#include "process/children.hpp"
#include <septet/lease.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <iostream>
#include <random>

namespace septet {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int requests = 200;
constexpr int slices = 7;
constexpr int largest_request = 4;
constexpr milliseconds longest_hold(12);

/// How a child ends when it saw something that must not be.
enum Verdict { fine = 0, held_twice = 3, overtook = 4, never_served = 5, failed = 6 };

/// What the children tell each other through shared memory.
struct Board {
  std::atomic<int> next_place{1};
  std::array<std::atomic<int>, requests> place;    ///< In the order of queueing; 0: not waiting.
  std::array<std::atomic<bool>, requests> doomed;  ///< About to be killed: may be overtaken.
  std::atomic<int> grants{0};
};

class Storm : public testing::Test {
 protected:
  void SetUp() override {
    // As `septet install-host` makes it.
    ASSERT_EQ(::chmod(place_.path().c_str(), 0755), 0);
    for (const auto& folder : {state_, witnesses_}) {
      ASSERT_TRUE(std::filesystem::create_directory(folder));
      ASSERT_EQ(::chmod(folder.c_str(), 01777), 0);
    }
    for (int i = 0; i < slices; ++i) {
      const int file = ::open(witness(i).c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0666);
      ASSERT_EQ(::fchmod(file, 0666), 0);
      ::close(file);
    }
    const LeaseFolder prepared(state_);
  }

  [[nodiscard]] std::filesystem::path witness(int slice) const {
    return witnesses_ / ("MIG-" + std::to_string(slice));
  }

  /// Runs in a child: one request from asking to letting go.
  [[nodiscard]] Verdict live(int self, unsigned seed) {
    become_another_user(self % 2 == 0);
    std::mt19937 random(seed);
    const auto request = any(std::uniform_int_distribution(1, largest_request)(random));
    const LeaseFolder folder(state_);
    FixedDriver driver(mig_host(slices));
    Verdict verdict = fine;
    int asked = 0;
    const auto at = [&](AcquireStep step) { watch_order(step, self, asked, verdict); };
    const auto lease = acquire_in_steps(folder, driver, request, "storm",
                                        {.limit = seconds(100), .on_wait = {}}, at);
    if (!lease) return never_served;
    if (verdict != fine) return verdict;
    std::uniform_int_distribution hold(0, static_cast<int>(longest_hold.count()));
    return hold_alone(*lease, hold(random));
  }

  /// Queueing is one at a time and so is granting, so these steps have an order. Who is granted
  /// without a place came behind all who had one when he `asked`.
  void watch_order(AcquireStep step, int self, int& asked, Verdict& verdict) {
    auto& mine = board_->place.at(static_cast<std::size_t>(self));
    if (step == AcquireStep::queued) mine = board_->next_place++;
    if (step == AcquireStep::locked) asked = board_->next_place;
    if (step != AcquireStep::recorded) return;
    ++board_->grants;
    const int place = mine != 0 ? mine.exchange(0) : asked;
    for (std::size_t i = 0; i < requests; ++i) {
      const int other = board_->place.at(i);
      const bool earlier = other != 0 && other < place;
      if (earlier && !board_->doomed.at(i)) verdict = overtook;
    }
  }

  /// Witnesses by a lock of its own on each slice that nobody else has it.
  [[nodiscard]] Verdict hold_alone(const Lease& lease, int hold_ms) const {
    std::vector<UniqueFd> alone;
    for (const auto& slice : lease.slices()) {
      alone.emplace_back(::open(witness(slice.index).c_str(), O_RDWR | O_CLOEXEC));
      if (!alone.back()) return failed;
      if (::flock(alone.back().get(), LOCK_EX | LOCK_NB) != 0) return held_twice;
    }
    ::poll(nullptr, 0, hold_ms);
    return fine;
  }

  /// Kills one living child in four, at random moments of its life.
  void kill_some(std::vector<Child>& children) {
    std::mt19937 random(2026);
    for (int kills = 0; kills < requests / 4 && reap(children) > 0; ++kills) {
      const auto victim = std::uniform_int_distribution<std::size_t>(0, requests - 1)(random);
      board_->doomed.at(victim) = true;
      children.at(victim).kill();
      board_->place.at(victim) = 0;
      ::poll(nullptr, 0, std::uniform_int_distribution(0, 4)(random));
    }
  }

  static int reap(std::vector<Child>& children) {
    int alive = 0;
    for (auto& child : children) alive += child.has_ended() ? 0 : 1;
    return alive;
  }

  const TestFolder place_;
  const std::filesystem::path state_ = place_.path() / "state";
  const std::filesystem::path witnesses_ = place_.path() / "witnesses";
  const Shared<Board> board_;
};

TEST_F(Storm, NobodyHoldsASliceTwiceNorOvertakesAndAllEndsFree) {
  std::vector<Child> children;
  for (int i = 0; i < requests; ++i) {
    children.emplace_back([&, i] { return live(i, static_cast<unsigned>(i)); });
  }
  kill_some(children);
  int killed = 0;
  for (auto& child : children) {
    const auto end = child.wait(seconds(100));
    killed += end.signal == SIGKILL ? 1 : 0;
    EXPECT_TRUE(end.signal == SIGKILL || end == End{}) << end.status << " " << end.signal;
  }
  std::cout << board_->grants << " grants, " << killed << " killed, " << users() << " users\n";
  EXPECT_GE(board_->grants, requests - killed);

  const LeaseFolder folder(state_);
  FixedDriver driver(mig_host(slices));
  const auto all =
      acquire(folder, driver, any(slices), "after", {.limit = seconds(2), .on_wait = {}});
  EXPECT_TRUE(all) << "not free within 2 s of the last death";
}

}  // namespace
}  // namespace septet
