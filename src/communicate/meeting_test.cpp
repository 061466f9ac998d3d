// SPDX-License-Identifier: Apache-2.0
// Ranks as threads of one process. Those that are processes, and end: meeting_process_test.cpp.
#include "communicate/meeting.hpp"

#include "base/test_folder.hpp"
#include "base/this_host.hpp"
#include "communicate/test_meeting.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <random>

namespace septet {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// Whether all have one memory, and know each other.
void expect_met(const std::vector<Rank>& ranks, const std::vector<Attempt>& attempts) {
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    ASSERT_TRUE(attempts[i].meeting) << attempts[i].text();
    const auto& meeting = *attempts[i].meeting;
    ASSERT_EQ(meeting.segment.bytes().size(), test_segment_bytes);
    ASSERT_EQ(meeting.members.size(), ranks.size());
    for (const auto& rank : ranks) {
      const auto& member = meeting.members[static_cast<std::size_t>(rank.membership.rank)];
      EXPECT_EQ(member.rank, rank.membership.rank);
      EXPECT_EQ(member.pid, ::getpid());
      EXPECT_EQ(member.slice, rank.membership.slice);
      EXPECT_FALSE(member.process) << "a pidfd of this very process";
    }
    meeting.segment.bytes()[i] = std::byte{1};
  }
  const auto first = attempts.front().meeting->segment.bytes();
  EXPECT_EQ(std::ranges::count(first, std::byte{1}), std::ssize(ranks));
}

void expect_all_failed(const std::vector<Attempt>& attempts, ErrorKind kind,
                       const testing::Matcher<std::string>& text) {
  for (const auto& attempt : attempts) {
    EXPECT_TRUE(attempt.failed_as(kind)) << attempt.text();
    EXPECT_THAT(attempt.text(), text);
    EXPECT_EQ(attempt.text(), attempts.front().text());
  }
}

TEST(Meeting, BringsTogetherOneToEightThreads) {
  for (int count = 1; count <= 8; ++count) {
    const auto ranks = ranks_of(count);
    expect_met(ranks, meet_in_threads(ranks));
  }
}

TEST(Meeting, HoldsAsManyRanksAsACommunicatorMayHave) {
  const auto ranks = ranks_of(max_ranks);
  expect_met(ranks, meet_in_threads(ranks));
}

TEST(Meeting, TakesRanksInEveryOrder) {
  auto ranks = ranks_of(3);
  const auto by_rank = [](const Rank& rank) { return rank.membership.rank; };
  do {
    const auto token = random_token();
    for (auto& rank : ranks) rank.membership.token = token;
    expect_met(ranks, meet_in_threads(ranks));
  } while (std::ranges::next_permutation(ranks, {}, by_rank).found);
}

TEST(Meeting, InAFolderLeavesNothingThere) {
  const TestFolder folder;
  const auto deep = folder.path() / std::string(120, 'd');  // Longer than a socket's own name.
  std::filesystem::create_directory(deep);
  const auto ranks = ranks_of(4, {.folder = deep});
  expect_met(ranks, meet_in_threads(ranks));
  EXPECT_TRUE(std::filesystem::is_empty(deep));
}

TEST(Meeting, InAFolderThatIsNotThereIsRefused) {
  const auto attempts = meet_in_threads(ranks_of(2, {.folder = "/nonexistent"}));
  expect_all_failed(attempts, ErrorKind::system, HasSubstr("SEPTET_MEETING_FOLDER"));
}

TEST(Meeting, OfRanksThatExpectOtherSizesFailsForAll) {
  auto ranks = ranks_of(2);
  ranks[1].membership.ranks = 4;
  expect_all_failed(meet_in_threads(ranks), ErrorKind::usage,
                    AllOf(HasSubstr("2 ranks"), HasSubstr("4 ranks"), HasSubstr("rank 1 (pid ")));
}

TEST(Meeting, OfRanksThatAskForOtherMemoryFailsForAll) {
  auto ranks = ranks_of(2);
  ranks[1].segment_bytes = 4096;
  expect_all_failed(meet_in_threads(ranks), ErrorKind::usage,
                    AllOf(HasSubstr("asks for 4096 bytes"), HasSubstr("asks for 8192 bytes"),
                          HasSubstr("rank 0 (pid "), HasSubstr("rank 1 (pid ")));
}

TEST(Meeting, OfRanksWithOtherTermsFailsForAll) {
  auto ranks = ranks_of(2);
  ranks[1].terms = 43;
  expect_all_failed(meet_in_threads(ranks), ErrorKind::usage,
                    AllOf(HasSubstr("settings 42"), HasSubstr("settings 43")));
}

TEST(Meeting, OfARankThatComesTwiceFailsForAll) {
  const auto rank = ranks_of(3)[1];
  const std::vector<Rank> ranks{rank, rank};
  expect_all_failed(meet_in_threads(ranks), ErrorKind::usage,
                    HasSubstr("rank 1 has come twice: rank 1 (pid "));
}

TEST(Meeting, ThatIsIncompleteAtTheLimitNamesTheMissingToAll) {
  auto ranks = ranks_of(5);
  ranks.erase(ranks.begin() + 3);
  ranks.erase(ranks.begin() + 1);
  for (auto& rank : ranks) rank.membership.meeting_limit = std::chrono::seconds(1);
  for (const auto& attempt : meet_in_threads(ranks)) {
    EXPECT_TRUE(attempt.failed_as(ErrorKind::unavailable));
    EXPECT_THAT(attempt.text(), HasSubstr("missing: ranks 1 and 3"));
  }
}

TEST(Meeting, OfOneWaitsForItsLimitAndSaysWhereTheOthersMayBe) {
  auto rank = ranks_of(4)[2];
  rank.membership.meeting_limit = std::chrono::milliseconds(50);
  const auto result = attempt(rank);
  EXPECT_TRUE(result.failed_as(ErrorKind::unavailable));
  EXPECT_THAT(result.text(), AllOf(HasSubstr("after 50ms, 1 of 4 ranks have come"),
                                   HasSubstr("missing: ranks 0, 1 and 3"), HasSubstr("net:["),
                                   HasSubstr("SEPTET_MEETING_FOLDER")));
}

TEST(Meeting, WhoseLimitIsOverForOneRankFailsForAll) {
  auto ranks = ranks_of(3);
  ranks.pop_back();
  ranks[0].membership.meeting_limit = std::chrono::seconds(5);
  ranks[1].membership.meeting_limit = std::chrono::milliseconds(300);
  for (const auto& attempt : meet_in_threads(ranks)) {
    EXPECT_TRUE(attempt.failed_as(ErrorKind::unavailable));
  }
}

TEST(Meeting, WithATokenOfAnotherHostIsRefusedAtOnce) {
  auto rank = ranks_of(2)[0];
  rank.membership.token.host = this_host() + 1;
  const auto result = attempt(rank);
  EXPECT_TRUE(result.failed_as(ErrorKind::usage));
  EXPECT_THAT(result.text(), HasSubstr("another host"));
}

TEST(Meeting, OfImpossibleRanksIsRefused) {
  using Sizes = std::pair<int, int>;
  for (const auto& [rank, count] : {Sizes{0, 0}, {0, max_ranks + 1}, {-1, 2}, {2, 2}}) {
    auto impossible = ranks_of(1)[0];
    impossible.membership.rank = rank;
    impossible.membership.ranks = count;
    EXPECT_TRUE(attempt(impossible).failed_as(ErrorKind::argument)) << rank << " of " << count;
  }
}

TEST(Meeting, WithoutMemoryFailsForAllWithTheBytesThatItNeeds) {
  auto ranks = ranks_of(3);
  for (auto& rank : ranks) rank.segment_bytes = std::size_t{1} << 50U;
  expect_all_failed(meet_in_threads(ranks), ErrorKind::system, HasSubstr("needs 1 PiB"));
}

TEST(Meeting, AfterMeetingLeavesNoDescriptorAndNoThread) {
  const auto descriptors = count_in_proc("fd");
  const auto threads = count_in_proc("task");
  for (int i = 0; i < 200; ++i) {
    const auto ranks = ranks_of(2 + i % 3);
    expect_met(ranks, meet_in_threads(ranks));
  }
  EXPECT_EQ(count_in_proc("fd"), descriptors);
  EXPECT_EQ(count_in_proc("task"), threads);
}

TEST(Meeting, SideBySideWithOthersInAnyOrder) {
  constexpr int meetings = 8;
  constexpr int count = 3;
  std::vector<std::vector<Rank>> all;
  for (int i = 0; i < meetings; ++i) all.push_back(ranks_of(count));

  // Each member meets in all of them at once: a thread a meeting, started in an order of its own.
  std::atomic<int> met = 0;
  {
    std::vector<std::jthread> threads;
    for (std::size_t rank = 0; rank < count; ++rank) {
      std::ranges::shuffle(all, std::mt19937(static_cast<unsigned>(rank)));
      for (const auto& ranks : all) {
        threads.emplace_back([one = ranks[rank], &met] { met += attempt(one).meeting ? 1 : 0; });
      }
    }
  }
  EXPECT_EQ(met, meetings * count);
}

}  // namespace
}  // namespace septet
