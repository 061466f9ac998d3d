// SPDX-License-Identifier: Apache-2.0
// Ranks that go while others wait for them, in the ways in which that is hard to see.
#include "communicate/testing_threads.hpp"
#include <septet/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace septet {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

using Numbers = std::vector<std::int32_t>;

constexpr DataType i32 = DataType::int32;

/// More than all slots of a ring hold.
constexpr std::size_t large = 1'000'000;

TEST(Gone, ARankIsNamedByOneWhoseOwnChunksFillTheRing) {
  const auto outcomes = run_ranks(2, [](Communicator& ranks) {
    if (ranks.rank() == 1) return;
    Numbers values(large);
    ranks.all_reduce(values.data(), values.data(), large, i32);
  });
  EXPECT_THAT(outcomes[0], HasSubstr("rank 1"));
}

TEST(Gone, OneOfTwoIsNamedByWhoWaitsForBoth) {
  const auto outcomes = run_ranks(3, [](Communicator& ranks) {
    if (ranks.rank() != 0) return;
    Numbers values(2);
    ranks.run(std::vector{recv(&values[0], 1, i32, 1), recv(&values[1], 1, i32, 2)});
  });
  EXPECT_THAT(outcomes[0], AnyOf(HasSubstr("rank 1"), HasSubstr("rank 2")));
}

TEST(Gone, WhatARankGivesUpInOneOfSeveralCommunicatorsIsBrokenForTheOthers) {
  // Ranks 0 and 2 share the first, 0 and 1 the second: only the first has a rank that goes.
  const Token first_token = random_token();
  const Token second_token = random_token();
  const auto outcomes = run_ranks(3, [&](Communicator& all) {
    Numbers values(large);
    const auto sum = all_reduce(values.data(), values.data(), large, i32, Reduction::sum);
    std::optional<Communicator> first;
    std::optional<Communicator> second;
    if (all.rank() != 1) first.emplace(Membership{first_token, all.rank() / 2, 2, ""});
    if (all.rank() != 2) second.emplace(Membership{second_token, all.rank(), 2, ""});
    // In the second both wait for a message that never comes, so it cannot end by itself.
    std::int32_t nothing = 0;
    const std::vector endless{sum, recv(&nothing, 1, i32, 1 - all.rank() % 2)};
    if (all.rank() == 1) second->run(endless);
    if (all.rank() != 0) return;
    EXPECT_THROW(run_together(std::vector<GroupOf>{{&*first, {sum}}, {&*second, endless}}), Error);
    EXPECT_THROW(second->check(), Error);
    all.run(recv(values.data(), 1, i32, 1));  // Until rank 1 has been told.
  });
  EXPECT_THAT(outcomes[1], HasSubstr("rank 0"));
}

TEST(Gone, OneCommunicatorTwiceInOneRunIsRefused) {
  const auto outcomes = run_ranks(2, [](Communicator& ranks) {
    const std::vector<GroupOf> twice{{&ranks, {barrier()}}, {&ranks, {barrier()}}};
    EXPECT_THROW(run_together(twice), Error);
    ranks.barrier();
  });
  EXPECT_EQ(outcomes, all_well(2));
}

}  // namespace
}  // namespace septet
