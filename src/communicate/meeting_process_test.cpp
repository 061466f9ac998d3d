// SPDX-License-Identifier: Apache-2.0
// Ranks as processes, some of which end on the way.
#include "base/test_folder.hpp"
#include "communicate/test_process.hpp"
#include "communicate/test_stranger.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <array>
#include <atomic>
#include <future>

namespace septet {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// Bytes from one process to another: that something has happened, or that all have ended.
class Signal {
 public:
  Signal() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
    reader_.reset(ends[0]);
    writer_.reset(ends[1]);
  }
  void give() const {
    const char byte = 'x';
    if (::write(writer_.get(), &byte, 1) != 1) throw std::runtime_error("write");
  }
  void await() const {
    wait_for_input(reader_);
    char byte = 0;
    if (::read(reader_.get(), &byte, 1) != 1) throw std::runtime_error("no signal came");
  }

 private:
  UniqueFd reader_;
  UniqueFd writer_;
};

std::string pid_text(pid_t pid) { return "(pid " + std::to_string(pid); }

/// Kills this process at once.
bool die() { return ::raise(SIGKILL) == 0; }

TEST(MeetingOfProcesses, SharesOneMemoryAndKnowsEveryProcess) {
  const auto ranks = ranks_of(4);
  std::vector<pid_t> children;
  for (std::size_t i = 1; i < ranks.size(); ++i) {
    children.push_back(forked([&, i] {
      const auto result = attempt(ranks[i]);
      if (!result.meeting) return false;
      std::atomic_ref(result.meeting->segment.bytes()[i]) = std::byte{1};
      return ::pause() == 0;
    }));
  }
  const auto result = attempt(ranks[0]);
  ASSERT_TRUE(result.meeting) << result.text();
  for (std::size_t i = 1; i < ranks.size(); ++i) {
    const auto& member = result.meeting->members[i];
    EXPECT_EQ(member.pid, children[i - 1]);
    ASSERT_TRUE(member.process);
    EXPECT_FALSE(has_ended(member.process.get()));
    const std::atomic_ref byte(result.meeting->segment.bytes()[i]);
    for (const auto end = test_deadline(); byte != std::byte{1} && !end.is_over();) pause_shortly();
    EXPECT_TRUE(byte == std::byte{1});
    ::kill(children[i - 1], SIGKILL);
    EXPECT_EQ(status_of(children[i - 1]), 128 + SIGKILL);
    EXPECT_TRUE(has_ended(member.process.get()));
  }
}

TEST(MeetingOfProcesses, OfTwoThreadsEachHasAPidfdForEachRankElsewhere) {
  const auto ranks = ranks_of(4);
  const auto pair_of_threads = [&](std::size_t first) {
    return [&, first] {
      const auto attempts = meet_in_threads({ranks[first], ranks[first + 1]});
      for (std::size_t i = 0; i < 2; ++i) {
        if (!attempts[i].meeting) return false;
        for (const auto& member : attempts[i].meeting->members) {
          const bool is_elsewhere = std::cmp_not_equal(member.rank / 2, first / 2);
          if (bool(member.process) != is_elsewhere) return false;
        }
      }
      return true;
    };
  };
  const auto one = forked(pair_of_threads(0));
  const auto other = forked(pair_of_threads(2));
  EXPECT_EQ(status_of(one), 0);
  EXPECT_EQ(status_of(other), 0);
}

TEST(MeetingOfProcesses, GoesOnWhenACallerIsKilledBeforeItSaysWhoItIs) {
  const auto ranks = ranks_of(2);
  const auto caller = forked([&] {
    const auto connection = enter(ranks[1]);
    return die();
  });
  auto host = std::async(std::launch::async, [&] { return attempt(ranks[0]); });
  EXPECT_EQ(status_of(caller), 128 + SIGKILL);
  EXPECT_TRUE(attempt(ranks[1]).meeting);
  EXPECT_TRUE(host.get().meeting);
}

TEST(MeetingOfProcesses, EndsForAllAtOnceWhenAGuestIsKilled) {
  const auto ranks = ranks_of(4);
  const auto guest = forked([&] {
    const auto connection = enter(ranks[1]);
    say(connection, hello_of(ranks[1]));
    // Once rank 2 has come too.
    while (next_as<Attendance>(connection).present != 0b0111) {
    }
    return die();
  });
  auto host = std::async(std::launch::async, [&] { return attempt(ranks[0]); });
  auto other = std::async(std::launch::async, [&] { return attempt(ranks[2]); });
  EXPECT_EQ(status_of(guest), 128 + SIGKILL);
  for (const auto& result : {host.get().text(), other.get().text()}) {
    EXPECT_THAT(result, AllOf(HasSubstr("rank 1 " + pid_text(guest)), HasSubstr("ended"),
                              HasSubstr("missing: rank 3")));
  }
}

TEST(MeetingOfProcesses, EndsForAllWhenAGuestIsKilledAfterAllHaveCome) {
  const auto ranks = ranks_of(3);
  const auto guest = forked([&] {
    const auto connection = join(ranks[1]);
    (void)next_as<Welcome>(connection);
    return die();
  });
  auto host = std::async(std::launch::async, [&] { return attempt(ranks[0]); });
  auto other = std::async(std::launch::async, [&] { return attempt(ranks[2]); });
  EXPECT_EQ(status_of(guest), 128 + SIGKILL);
  for (const auto& result : {host.get().text(), other.get().text()}) {
    EXPECT_THAT(result, HasSubstr("rank 1 " + pid_text(guest) + ", MIG-1) ended"));
  }
}

/// A host that counts one guest in, and is killed. `keeper` lives on with its sockets.
bool host_one_and_die(const Rank& rank, const Signal& opened, bool counts, const Signal* keeper) {
  const auto door = open_door(rank);
  opened.give();
  const auto guest = accept_one(door);
  (void)next_as<Hello>(guest);
  if (counts) say(guest, Attendance{.host = 0, .host_pid = ::getpid(), .present = 0b011});
  if (keeper != nullptr) {
    (void)forked([&] {
      keeper->await();
      return true;
    });
  }
  return die();
}

TEST(MeetingOfProcesses, NamesTheHostThatWasKilled) {
  const auto ranks = ranks_of(3);
  const Signal opened;
  const auto host = forked([&] { return host_one_and_die(ranks[0], opened, true, nullptr); });
  opened.await();
  const auto result = attempt(ranks[1]);
  EXPECT_TRUE(result.failed_as(ErrorKind::unavailable));
  EXPECT_THAT(result.text(), AllOf(HasSubstr("rank 0 " + pid_text(host)), HasSubstr("ended"),
                                   HasSubstr("missing: rank 2")));
  EXPECT_EQ(status_of(host), 128 + SIGKILL);
}

TEST(MeetingOfProcesses, SeesThatTheHostWasKilledThoughAChildOfItKeepsItsSockets) {
  for (const bool counts : {true, false}) {
    const auto ranks = ranks_of(3);
    const Signal opened;
    const Signal kept;
    const auto host = forked([&] { return host_one_and_die(ranks[0], opened, counts, &kept); });
    opened.await();
    const auto result = attempt(ranks[1]);
    EXPECT_TRUE(result.failed_as(ErrorKind::unavailable));
    EXPECT_THAT(result.text(), AllOf(HasSubstr(pid_text(host)), HasSubstr("ended")));
    EXPECT_EQ(status_of(host), 128 + SIGKILL);
    kept.give();
  }
}

TEST(MeetingOfProcesses, FindsThePlaceOfAKilledHostFree) {
  const TestFolder folder;
  for (const MeetingPlace& place : {MeetingPlace{}, MeetingPlace{.folder = folder.path()}}) {
    const auto ranks = ranks_of(2, place);
    EXPECT_EQ(status_of_child([&] {
                const auto door = open_door(ranks[0]);
                return die();
              }),
              128 + SIGKILL);
    for (const auto& result : meet_in_threads(ranks)) EXPECT_TRUE(result.meeting) << result.text();
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(MeetingOfProcesses, InAFolderClearsAwayWhatKilledHostsLeft) {
  const TestFolder folder;
  EXPECT_EQ(status_of_child([&] {
              const auto door = open_door(ranks_of(2, {.folder = folder.path()})[0]);
              return die();
            }),
            128 + SIGKILL);
  EXPECT_FALSE(std::filesystem::is_empty(folder.path()));
  for (const auto& result : meet_in_threads(ranks_of(2, {.folder = folder.path()}))) {
    EXPECT_TRUE(result.meeting) << result.text();
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace septet
