// SPDX-License-Identifier: Apache-2.0
#include <septet/communicator.hpp>
#include <septet/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <thread>

namespace septet {
namespace {

using testing::HasSubstr;

/// How the caller of a test asks for the end of a wait.
struct EnoughError : std::runtime_error {
  EnoughError() : std::runtime_error("enough") {}
};

std::string outcome_of(const std::function<void()>& body) {
  try {
    body();
    return "no error";
  } catch (const std::exception& error) {
    return error.what();
  }
}

Membership member(const Token& token, int rank, int ranks) {
  Membership membership;
  membership.token = token;
  membership.rank = rank;
  membership.ranks = ranks;
  return membership;
}

/// Rank 0 of two waits for rank 1, which does nothing until rank 0 has had enough.
TEST(WhileWaiting, WhatIsThrownEndsAnOperationOnEveryRank) {
  const auto token = random_token();
  std::string patient;
  std::thread other([&] {
    Communicator ranks(member(token, 1, 2));
    patient = outcome_of([&] {
      while (true) ranks.check();
    });
  });
  auto membership = member(token, 0, 2);
  bool met = false;
  membership.while_waiting = [&] {
    if (met) throw EnoughError();
  };
  Communicator ranks(membership);
  met = true;
  EXPECT_EQ(outcome_of([&] { ranks.barrier(); }), "enough");
  other.join();
  EXPECT_THAT(patient, HasSubstr("rank 0"));
  EXPECT_THAT(patient, HasSubstr("aborted the communicator"));
  EXPECT_THAT(outcome_of([&] { ranks.barrier(); }), HasSubstr("aborted the communicator"));
}

TEST(WhileWaiting, WhatIsThrownEndsAMeeting) {
  auto membership = member(random_token(), 0, 2);
  int calls = 0;
  membership.while_waiting = [&] {
    if (++calls == 3) throw EnoughError();
  };
  EXPECT_EQ(outcome_of([&] { const Communicator ranks(membership); }), "enough");
}

}  // namespace
}  // namespace septet
