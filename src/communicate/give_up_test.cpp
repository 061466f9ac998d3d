// SPDX-License-Identifier: Apache-2.0
// Whom a rank blames that cannot end what it began.
#include "communicate/communicator_state.hpp"
#include "communicate/host/shared_words.hpp"
#include "communicate/test_process.hpp"
#include <septet/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>

namespace septet {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

/// Longer than any busy machine takes to tell a death.
constexpr auto long_enough = 20s;

std::unique_ptr<CommunicatorState> join(const Token& token, int rank, int ranks) {
  const Membership membership{.token = token, .rank = rank, .ranks = ranks, .slice = ""};
  return std::make_unique<CommunicatorState>(membership, Settings{}, BufferPlace::host);
}

/// The process of a rank that comes to the meeting, and then does nothing until it is killed.
pid_t idle_rank(const Token& token, int rank, int ranks) {
  return forked([&] {
    const auto state = join(token, rank, ranks);
    state->enter(barrier());
    while (true) ::pause();
    return true;
  });
}

/// A rank that is killed while it meets the others ends the meeting.
void wait_until_all_have_met(const CommunicatorState& state) {
  for (const auto& card : state.board().cards.subspan(1)) {
    while (peek(card.entered) == 0) std::this_thread::yield();
  }
}

std::string trouble_of(const CommunicatorState& state) {
  try {
    state.check();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::peer);
    return error.what();
  }
  return "no trouble";
}

TEST(GiveUp, BlamesTheDeadForWhatFailsBecauseOfThem) {
  const Token token = random_token();
  const pid_t victim = idle_rank(token, 1, 3);
  const pid_t witness = idle_rank(token, 2, 3);
  const auto state = join(token, 0, 3);
  wait_until_all_have_met(*state);
  ::kill(victim, SIGKILL);
  EXPECT_TRUE(state->give_up({.count = 7}, long_enough));
  EXPECT_THAT(trouble_of(*state), HasSubstr("rank 1 (pid " + std::to_string(victim) + ") died"));
  ::kill(witness, SIGKILL);
  EXPECT_EQ(status_of(victim), 128 + SIGKILL);
  EXPECT_EQ(status_of(witness), 128 + SIGKILL);
}

TEST(GiveUp, BlamesThisRankWhenAllOthersLive) {
  const Token token = random_token();
  const pid_t other = idle_rank(token, 1, 2);
  const auto state = join(token, 0, 2);
  wait_until_all_have_met(*state);
  EXPECT_FALSE(state->give_up({}, 1ms));
  EXPECT_THAT(trouble_of(*state), HasSubstr("rank 0 (pid " + std::to_string(::getpid())));
  ::kill(other, SIGKILL);
  EXPECT_EQ(status_of(other), 128 + SIGKILL);
}

TEST(GiveUp, DoesNotBlameARankThatLeftBeforeItEnded) {
  const Token token = random_token();
  const pid_t other = forked([&] { return join(token, 1, 2) != nullptr; });
  const auto state = join(token, 0, 2);
  EXPECT_EQ(status_of(other), 0);
  EXPECT_FALSE(state->give_up({}));
  EXPECT_THAT(trouble_of(*state), HasSubstr("rank 0"));
}

TEST(GiveUp, LeavesTheBlameWithWhoBrokeItBefore) {
  const Token token = random_token();
  const pid_t other = forked([&] {
    const auto state = join(token, 1, 2);
    return !state->give_up({});
  });
  const auto state = join(token, 0, 2);
  EXPECT_EQ(status_of(other), 0);
  EXPECT_TRUE(state->give_up({}, long_enough));
  EXPECT_THAT(trouble_of(*state), HasSubstr("rank 1 (pid " + std::to_string(other)));
}

}  // namespace
}  // namespace septet
