// SPDX-License-Identifier: Apache-2.0
#include "communicate/peer_watch.hpp"

#include "communicate/process.hpp"
#include "communicate/test_meeting.hpp"
#include "communicate/test_process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <vector>

namespace septet {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

/// The ranks that a watch has told of.
class Told {
 public:
  void add(int rank) {
    const std::scoped_lock lock(mutex_);
    ranks_.push_back(rank);
    changed_.notify_all();
  }

  /// Once there are `count`, or after a while.
  [[nodiscard]] std::vector<int> once(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(20), [&] { return ranks_.size() >= count; });
    return ranks_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<int> ranks_;
};

/// A process that waits to be killed; killed and waited for on destruction.
class Peer {
 public:
  Peer() : pid_(forked([] { return ::pause() == 0; })) {}
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer() {
    kill();
    (void)status_of(pid_);
  }

  void kill() const { ::kill(pid_, SIGKILL); }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

class PeerWatchTest : public testing::Test {
 protected:
  PeerWatchTest() { add(::getpid()); }

  void add(pid_t pid) {
    members_.push_back({.rank = static_cast<int>(members_.size()),
                        .pid = pid,
                        .pid_space = own_pid_space(),
                        .slice = {},
                        .process = open_process(pid)});
  }
  [[nodiscard]] auto tell() {
    return [this](int rank) { told_.add(rank); };
  }

  Told told_;
  std::vector<Member> members_;  // Rank 0 is this process.
};

TEST_F(PeerWatchTest, TellsOfEachPeerThatIsKilledOnce) {
  const std::vector<Peer> peers(3);
  for (const auto& peer : peers) add(peer.pid());
  const PeerWatch watch(members_, 0, tell());
  peers[1].kill();
  EXPECT_THAT(told_.once(1), ElementsAre(2));
  peers[0].kill();
  EXPECT_THAT(told_.once(2), ElementsAre(2, 1));
  peers[2].kill();
  EXPECT_THAT(told_.once(3), ElementsAre(2, 1, 3));
}

TEST_F(PeerWatchTest, TellsOfAPeerThatHadEndedBefore) {
  const Peer peer;
  add(peer.pid());
  peer.kill();
  const PeerWatch watch(members_, 0, tell());
  EXPECT_THAT(told_.once(1), ElementsAre(1));
}

TEST_F(PeerWatchTest, TellsOfAPeerWithoutPidfdEvenWhenNobodyWaitedForIt) {
  const std::vector<Peer> peers(2);
  for (const auto& peer : peers) add(peer.pid());
  members_[1].process.reset();
  const PeerWatch watch(members_, 0, tell());
  for (const auto& peer : peers) peer.kill();
  EXPECT_THAT(told_.once(2), UnorderedElementsAre(1, 2));
}

TEST_F(PeerWatchTest, TellsOfAllRanksOfOneProcess) {
  const Peer peer;
  add(peer.pid());
  add(peer.pid());
  const PeerWatch watch(members_, 0, tell());
  peer.kill();
  EXPECT_THAT(told_.once(2), UnorderedElementsAre(1, 2));
}

TEST_F(PeerWatchTest, NeedsNoThreadForItsOwnProcessOrForOneThatItCannotSee) {
  const auto threads = count_in_proc("task");
  const Peer peer;
  add(::getpid());
  add(peer.pid());
  members_.back().pid_space += 1;
  members_.back().process.reset();
  const PeerWatch watch(members_, 0, tell());
  EXPECT_EQ(count_in_proc("task"), threads);
}

TEST_F(PeerWatchTest, LeavesNoThreadAndNoDescriptor) {
  const Peer peer;
  add(peer.pid());
  const auto threads = count_in_proc("task");
  const auto descriptors = count_in_proc("fd");
  for (int i = 0; i < 50; ++i) const PeerWatch watch(members_, 0, tell());
  EXPECT_EQ(count_in_proc("task"), threads);
  EXPECT_EQ(count_in_proc("fd"), descriptors);
}

TEST_F(PeerWatchTest, TakesNoSignalThatIsMeantForOthers) {
  const Peer peer;
  add(peer.pid());
  std::optional<bool> is_blocked;
  const PeerWatch watch(members_, 0, [&](int rank) {
    sigset_t mask;
    ::pthread_sigmask(SIG_BLOCK, nullptr, &mask);
    is_blocked = ::sigismember(&mask, SIGINT) == 1 && ::sigismember(&mask, SIGCHLD) == 1;
    told_.add(rank);
  });
  peer.kill();
  (void)told_.once(1);
  EXPECT_EQ(is_blocked, true);
}

TEST_F(PeerWatchTest, OfTheParentCanBeDestroyedInAForkedChild) {
  const Peer peer;
  add(peer.pid());
  std::optional<PeerWatch> watch(std::in_place, members_, 0, tell());
  EXPECT_EQ(status_of_child([&] {
              watch.reset();
              return true;
            }),
            0);
  peer.kill();
  EXPECT_THAT(told_.once(1), ElementsAre(1));
}

}  // namespace
}  // namespace septet
