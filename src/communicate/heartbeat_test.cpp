// SPDX-License-Identifier: Apache-2.0
// Who stands still, and who only waits.
#include "communicate/communicator_state.hpp"
#include "communicate/host/run.hpp"
#include "communicate/host/shared_words.hpp"
#include "communicate/test_process.hpp"
#include <septet/communicator.hpp>
#include <septet/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace septet {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
using namespace std::chrono_literals;

Membership member(const Token& token, int rank, int ranks, std::chrono::milliseconds limit = 0ms) {
  return {.token = token,
          .rank = rank,
          .ranks = ranks,
          .slice = "MIG-" + std::to_string(rank),
          .operation_limit = limit};
}

std::string what_ends(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::peer);
    return error.what();
  }
  return "no error";
}

/// Barriers until the communicator breaks.
void meet_for_ever(CommunicatorState& state) {
  const Operation operation = barrier();
  const HostGroup group{
      .state = &state, .passage = &state.passage(), .operations = {&operation, 1}};
  while (true) run_on_host({&group, 1});
}

const RankCard& card_of(const CommunicatorState& state, int rank) {
  return state.board().cards[static_cast<std::size_t>(rank)];
}

void wait_until_in_an_operation(const CommunicatorState& state, int rank) {
  while (peek(card_of(state, rank).entered) == 0) std::this_thread::yield();
}

/// From now on nobody but `still` is the one that stands still for longest.
void wait_until_later_than(const CommunicatorState& state, int still, int waiting) {
  const auto last = peek(card_of(state, still).beat_at_ns);
  while (peek(card_of(state, waiting).beat_at_ns) <= last) std::this_thread::yield();
}

/// The process of a rank that waits in a barrier, and is well when that breaks.
pid_t waiting_rank(const Token& token, int rank, int ranks) {
  return forked([&] {
    Communicator all(member(token, rank, ranks));
    const auto text = what_ends([&] {
      while (true) all.barrier();
    });
    return text.starts_with("time limit: rank 0");
  });
}

TEST(Heartbeat, ARankThatWaitsBeats) {
  const Token token = random_token();
  std::thread waiting([&] {
    Communicator all(member(token, 0, 2));
    EXPECT_THROW(all.barrier(), Error);
  });
  CommunicatorState state(member(token, 1, 2), Settings{}, BufferPlace::host);
  wait_until_in_an_operation(state, 0);
  for (int beats = 0; beats < 5; ++beats) {
    const auto before = peek(card_of(state, 0).beat_at_ns);
    while (peek(card_of(state, 0).beat_at_ns) == before) std::this_thread::yield();
  }
  EXPECT_THAT(table_of(state.board(), state.members()),
              AllOf(HasSubstr("in barrier (operation 1), since "), HasSubstr("nothing yet\n")));
  state.raise({.trouble = Trouble::aborted, .culprit = 1, .mine = {}, .theirs = {}});
  waiting.join();
}

TEST(Heartbeat, ARankBetweenTwoCallsIsToldWithItsLastOne) {
  CommunicatorState state(member(random_token(), 0, 1), Settings{}, BufferPlace::host);
  state.enter(barrier());
  state.leave_operation();
  EXPECT_THAT(table_of(state.board(), state.members()),
              testing::MatchesRegex(".*last did barrier .operation 1., [0-9]+\\.[0-9] s ago\n"));
}

/// Threads of one process: rank 2 has begun and does nothing; rank 1 waits as rank 0 does.
TEST(Heartbeat, TheTimeLimitPointsAtTheRankThatStandsStill) {
  const Token token = random_token();
  std::thread waiting([&] {
    Communicator all(member(token, 1, 3));
    EXPECT_THAT(what_ends([&] { all.barrier(); }), StartsWith("time limit: rank 0"));
  });
  std::unique_ptr<CommunicatorState> still;
  std::thread meeting([&] {
    still = std::make_unique<CommunicatorState>(member(token, 2, 3), Settings{}, BufferPlace::host);
    still->enter(barrier());
  });
  CommunicatorState state(member(token, 0, 3, 500ms), Settings{}, BufferPlace::host);
  meeting.join();
  wait_until_later_than(state, 2, 1);
  EXPECT_THAT(what_ends([&] { meet_for_ever(state); }),
              AllOf(StartsWith("time limit: rank 0"),
                    HasSubstr("; rank 2 (pid " + std::to_string(::getpid()) +
                              ", MIG-2) stands still since ")));
  waiting.join();
}

TEST(Heartbeat, AStoppedProcessIsPointedAtAndIsToldWhenItGoesOn) {
  const Token token = random_token();
  const pid_t waiting = waiting_rank(token, 1, 3);
  const pid_t stopped = waiting_rank(token, 2, 3);
  CommunicatorState state(member(token, 0, 3, 500ms), Settings{}, BufferPlace::host);
  wait_until_in_an_operation(state, 2);
  ::kill(stopped, SIGSTOP);
  int status = 0;
  ASSERT_EQ(::waitpid(stopped, &status, WUNTRACED), stopped);
  ASSERT_TRUE(WIFSTOPPED(status));
  wait_until_later_than(state, 2, 1);

  const auto text = what_ends([&] { meet_for_ever(state); });
  const auto name = "rank 2 (pid " + std::to_string(stopped) + ", MIG-2)";
  EXPECT_THAT(text, StartsWith("time limit: rank 0"));
  EXPECT_THAT(text, HasSubstr("; " + name + " stands still since "));
  EXPECT_THAT(text, HasSubstr("  " + name + ": in barrier (operation 1), since "));
  EXPECT_EQ(status_of(waiting), 0);
  ::kill(stopped, SIGCONT);
  EXPECT_EQ(status_of(stopped), 0);
}

}  // namespace
}  // namespace septet
