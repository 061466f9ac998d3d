// SPDX-License-Identifier: Apache-2.0
// One side is played by hand: it talks nonsense, keeps silent, lies, or is of another version.
#include "communicate/test_process.hpp"
#include "communicate/test_stranger.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

namespace septet {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// A rank that meets in a thread.
std::future<Attempt> begin(const Rank& rank) {
  return std::async(std::launch::async, [rank] { return attempt(rank); });
}

TEST(HostileMeeting, NonsenseIsTurnedAwayAndNotCounted) {
  const auto ranks = ranks_of(2);
  auto host = begin(ranks[0]);
  auto foreign = hello_of(ranks[1]);
  foreign.token = random_token();
  const auto hello = print_message(hello_of(ranks[1]));
  for (const auto& bytes :
       {std::string("GET / HTTP/1.0"), hello.substr(0, 20), hello + "!", print_message(Verdict{}),
        print_message(Attendance{.host = 0, .host_pid = 1}), print_message(foreign),
        std::string(100'000, '\xff'), std::string("\0", 1)}) {
    const auto connection = enter(ranks[1]);
    ASSERT_TRUE(say_bytes(connection, bytes));
    EXPECT_EQ(next_of(connection).reading, Reading::gone);
  }
  EXPECT_TRUE(attempt(ranks[1]).meeting);
  EXPECT_TRUE(host.get().meeting);
}

TEST(HostileMeeting, MoreCallersThanRanksKeepNobodyOut) {
  const auto ranks = ranks_of(2);
  auto host = begin(ranks[0]);
  std::vector<UniqueFd> silent;
  for (int i = 0; i < 300; ++i) silent.push_back(enter(ranks[1]));
  silent.resize(200);
  EXPECT_TRUE(attempt(ranks[1]).meeting);
  EXPECT_TRUE(host.get().meeting);
}

TEST(HostileMeeting, ACallerThatCameTooLateIsToldSo) {
  const auto ranks = ranks_of(2);
  auto host = begin(ranks[0]);
  const auto late = enter(ranks[1]);
  EXPECT_TRUE(attempt(ranks[1]).meeting);
  EXPECT_TRUE(host.get().meeting);
  EXPECT_THAT(next_as<Verdict>(late).text, HasSubstr("all 2 ranks had met before"));
}

TEST(HostileMeeting, AnotherVersionIsNamedToBoth) {
  const auto ranks = ranks_of(2);
  auto host = begin(ranks[0]);
  auto hello = hello_of(ranks[1]);
  hello.version = 99;
  const auto guest = enter(ranks[1]);
  say(guest, hello);
  const auto result = host.get();
  EXPECT_TRUE(result.failed_as(ErrorKind::usage));
  EXPECT_THAT(result.text(), AllOf(HasSubstr("rank 1 (pid "), HasSubstr("speaks version 99"),
                                   HasSubstr("rank 0 (pid "), HasSubstr("speaks version 1")));
  EXPECT_EQ(next_as<Verdict>(guest).text, result.text());
}

TEST(HostileMeeting, AGuestThatDoesNotAnswerIsNamed) {
  auto ranks = ranks_of(2);
  ranks[0].membership.meeting_limit = std::chrono::seconds(2);
  auto host = begin(ranks[0]);
  const auto guest = join(ranks[1]);
  (void)next_as<Welcome>(guest);
  const auto result = host.get();
  EXPECT_TRUE(result.failed_as(ErrorKind::unavailable));
  EXPECT_THAT(result.text(), AllOf(HasSubstr("rank 1 (pid "), HasSubstr("does not answer")));
}

TEST(HostileMeeting, WhatOneGuestCouldNotTakeFailsForAll) {
  const auto ranks = ranks_of(3);
  auto host = begin(ranks[0]);
  const auto guest = join(ranks[1]);
  auto other = begin(ranks[2]);
  (void)next_as<Welcome>(guest);
  say(guest, Verdict{.error = ErrorKind::system, .text = "rank 1: no room"});
  for (auto* const attempt : {&host, &other}) {
    const auto result = attempt->get();
    EXPECT_TRUE(result.failed_as(ErrorKind::system));
    EXPECT_EQ(result.text(), "rank 1: no room");
  }
}

TEST(HostileMeeting, AHostThatTalksNonsenseIsRefused) {
  const Welcome::Entry entry{.pid = 1, .slice = {}};
  const Welcome empty{.members = {entry, entry}};
  const Welcome few{.members = {entry}};
  for (const auto& bytes : {std::string("220 ready"), print_message(empty), print_message(few),
                            print_message(Verdict{}), print_message(hello_of(ranks_of(1)[0]))}) {
    const auto ranks = ranks_of(2);
    const auto door = open_door(ranks[0]);
    auto guest = begin(ranks[1]);
    const auto connection = accept_one(door);
    say_bytes(connection, bytes);
    const auto result = guest.get();
    EXPECT_TRUE(result.failed_as(ErrorKind::usage)) << result.text();
    EXPECT_THAT(result.text(), HasSubstr("sent what no rank"));
  }
}

TEST(HostileMeeting, AHostThatKeepsSilentIsNamedAfterTheLimit) {
  auto rank = ranks_of(2)[1];
  rank.membership.meeting_limit = std::chrono::milliseconds(100);
  const auto door = open_door(rank);
  const auto result = attempt(rank);
  EXPECT_TRUE(result.failed_as(ErrorKind::unavailable));
  EXPECT_THAT(result.text(), HasSubstr("(pid " + std::to_string(::getpid()) + ") does not answer"));
}

TEST(HostileMeeting, AHostThatLeavesBeforeItCountedAnybodyIsReplaced) {
  const auto ranks = ranks_of(2);
  auto door = std::make_unique<OpenDoor>(open_door(ranks[0]));
  auto first = begin(ranks[0]);
  auto second = begin(ranks[1]);
  for (int i = 0; i < 2; ++i) (void)accept_one(*door);
  door.reset();
  EXPECT_TRUE(first.get().meeting);
  EXPECT_TRUE(second.get().meeting);
}

TEST(HostileMeeting, AnotherUserIsTurnedAwayAndToldWhoHosts) {
  if (::geteuid() != 0) GTEST_SKIP() << "becoming another user needs root";
  const auto ranks = ranks_of(2);
  const auto door = open_door(ranks[0]);
  EXPECT_EQ(status_of_child([&] {
              constexpr uid_t nobody = 65534;
              if (::setuid(nobody) != 0) return false;
              const auto result = attempt(ranks[1]);
              return result.failed_as(ErrorKind::usage) &&
                     result.text().find("hosted by a process of user 0") != std::string::npos;
            }),
            0);
  EXPECT_FALSE(try_accept(door));
}

}  // namespace
}  // namespace septet
