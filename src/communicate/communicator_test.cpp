// SPDX-License-Identifier: Apache-2.0
#include "communicate/testing_threads.hpp"
#include <septet/communicator.hpp>
#include <septet/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <thread>
#include <vector>

namespace septet {
namespace {

using testing::AllOf;
using testing::Each;
using testing::HasSubstr;
using namespace std::chrono_literals;

using Numbers = std::vector<std::int32_t>;

constexpr DataType i32 = DataType::int32;

TEST(Communicator, AllToAllGivesEachRankItsPart) {
  const auto outcomes = run_ranks(4, [](Communicator& ranks) {
    Numbers send(4 * 1000);
    for (std::size_t i = 0; i < send.size(); ++i) {
      send[i] = ranks.rank() * 100 + static_cast<int>(i / 1000);
    }
    Numbers recv(send.size());
    ranks.all_to_all(send.data(), recv.data(), 1000, i32);
    for (std::size_t i = 0; i < recv.size(); ++i) {
      ASSERT_EQ(recv[i], static_cast<int>(i / 1000) * 100 + ranks.rank());
    }
  });
  EXPECT_EQ(outcomes, all_well(4));
}

TEST(Communicator, AllToAllTakesUnequalAndEmptyParts) {
  // Rank s sends s * p elements to rank p.
  const auto outcomes = run_ranks(3, [](Communicator& ranks) {
    const auto r = static_cast<std::size_t>(ranks.rank());
    const std::vector<std::size_t> sent{0, r, 2 * r};
    const std::vector<std::size_t> sent_at{0, 0, r};
    const std::vector<std::size_t> got{0, r, 2 * r};
    const std::vector<std::size_t> got_at{0, 0, r};
    const Numbers send(3 * r, ranks.rank());
    Numbers recv(3 * r, -1);
    ranks.all_to_all(send.data(), {sent, sent_at}, recv.data(), {got, got_at}, i32);
    for (std::size_t i = 0; i < recv.size(); ++i) EXPECT_EQ(recv[i], i < r ? 1 : 2);
  });
  EXPECT_EQ(outcomes, all_well(3));
}

TEST(Communicator, GatherAndScatterGoToTheRootAndBack) {
  const auto outcomes = run_ranks(4, [](Communicator& ranks) {
    const Numbers mine(10, ranks.rank());
    Numbers all(40, -1);
    ranks.gather(mine.data(), all.data(), 10, i32, 2);
    if (ranks.rank() == 2) {
      for (std::size_t i = 0; i < 40; ++i) EXPECT_EQ(all[i], static_cast<int>(i / 10));
    }
    Numbers back(10, -1);
    ranks.scatter(all.data(), back.data(), 10, i32, 2);
    EXPECT_EQ(back, mine);
  });
  EXPECT_EQ(outcomes, all_well(4));
}

TEST(Communicator, MessagesOfAGroupProgressWhateverTheirOrder) {
  // Everybody sends large messages to everybody first, then receives: in turn that would block.
  constexpr std::size_t count = 300'000;
  const auto outcomes = run_ranks(4, [](Communicator& ranks) {
    const Numbers mine(count, ranks.rank());
    std::vector<Numbers> got(4, Numbers(count, -1));
    std::vector<Operation> group;
    for (int p = 0; p < 4; ++p) group.push_back(send(mine.data(), count, i32, p));
    for (int p = 3; p >= 0; --p) {
      group.push_back(recv(got[static_cast<std::size_t>(p)].data(), count, i32, p));
    }
    ranks.run(group);
    for (int p = 0; p < 4; ++p) {
      EXPECT_EQ(got[static_cast<std::size_t>(p)], Numbers(count, p));
    }
  });
  EXPECT_EQ(outcomes, all_well(4));
}

TEST(Communicator, MessagesToOnePeerKeepTheirOrderAndEmptyOnesCount) {
  const auto outcomes = run_ranks(2, [](Communicator& ranks) {
    const int peer = 1 - ranks.rank();
    const Numbers values{1, 2, 3};
    Numbers got(3, -1);
    ranks.run(std::vector{send(&values[0], 1, i32, peer), send(nullptr, 0, i32, peer),
                          send(&values[1], 2, i32, peer), recv(&got[0], 1, i32, peer),
                          recv(nullptr, 0, i32, peer), recv(&got[1], 2, i32, peer)});
    EXPECT_EQ(got, values);
  });
  EXPECT_EQ(outcomes, all_well(2));
}

TEST(Communicator, AMessageToOneselfNeedsItsOtherHalf) {
  for (const int n : {1, 2}) {
    const auto outcomes = run_ranks(n, [](Communicator& ranks) {
      std::int32_t value = 7;
      ranks.send(&value, 1, i32, ranks.rank());
    });
    EXPECT_THAT(outcomes, Each(HasSubstr("sends to itself without the other half")));
  }
}

TEST(Communicator, BarrierHoldsEachRankUntilTheLastHasCome) {
  std::atomic<int> arrived{0};
  const auto outcomes = run_ranks(5, [&](Communicator& ranks) {
    for (int round = 1; round <= 50; ++round) {
      arrived.fetch_add(1);
      ranks.barrier();
      EXPECT_GE(arrived.load(), 5 * round);
      ranks.barrier();
    }
  });
  EXPECT_EQ(outcomes, all_well(5));
}

TEST(Communicator, SeveralCommunicatorsProgressTogether) {
  // The two ranks name the two communicators in opposite order: one after the other would block.
  const Token second = random_token();
  const auto outcomes = run_ranks(2, [&](Communicator& first) {
    Communicator other({.token = second, .rank = first.rank(), .ranks = 2, .slice = ""});
    std::vector<float> a(50'000, 1);
    std::vector<float> b(50'000, 2);
    std::vector<GroupOf> groups{
        {&first, {all_reduce(a.data(), a.data(), a.size(), DataType::float32, Reduction::sum)}},
        {&other, {all_reduce(b.data(), b.data(), b.size(), DataType::float32, Reduction::sum)}}};
    if (first.rank() == 1) std::swap(groups[0], groups[1]);
    run_together(groups);
    EXPECT_EQ(a, std::vector<float>(50'000, 2));
    EXPECT_EQ(b, std::vector<float>(50'000, 4));
  });
  EXPECT_EQ(outcomes, all_well(2));
}

TEST(Communicator, SplitGroupsByColorAndOrdersByKey) {
  const auto outcomes = run_ranks(6, [](Communicator& ranks) {
    const bool left_out = ranks.rank() == 5;
    const auto color = left_out ? std::nullopt : std::optional(ranks.rank() % 2);
    auto part = ranks.split(color, -ranks.rank());
    ASSERT_EQ(part.has_value(), !left_out);
    if (!part) return;
    // Even: 4, 2, 0; odd: 3, 1.
    EXPECT_EQ(part->size(), ranks.rank() % 2 == 0 ? 3 : 2);
    EXPECT_EQ(part->rank(), (part->size() - 1) - ranks.rank() / 2);
    std::int32_t sum = ranks.rank();
    part->all_reduce(&sum, &sum, 1, i32);
    EXPECT_EQ(sum, ranks.rank() % 2 == 0 ? 6 : 4);
  });
  EXPECT_EQ(outcomes, all_well(6));
}

TEST(Communicator, DifferentCallsAreAnErrorOnEveryRankThatNamesBoth) {
  const auto outcomes = run_ranks(3, [](Communicator& ranks) {
    Numbers values(8);
    ranks.all_reduce(values.data(), values.data(), ranks.rank() == 1 ? 7 : 8, i32);
    ranks.barrier();
  });
  EXPECT_THAT(outcomes, Each(AllOf(HasSubstr("ranks call different things"),
                                   HasSubstr("all_reduce of 7 int32, sum"),
                                   HasSubstr("all_reduce of 8 int32, sum"))));
}

TEST(Communicator, TwoRootsOfABroadcastAreTold) {
  const auto outcomes = run_ranks(2, [](Communicator& ranks) {
    std::int32_t value = 0;
    ranks.broadcast(&value, &value, 1, i32, ranks.rank());
    ranks.barrier();
  });
  EXPECT_THAT(outcomes, Each(AllOf(HasSubstr("root 0"), HasSubstr("root 1"))));
}

TEST(Communicator, ABroadcastOfWhichEachTakesTheOtherForTheRootIsTold) {
  const auto outcomes = run_ranks(2, [](Communicator& ranks) {
    std::int32_t value = 0;
    ranks.broadcast(&value, &value, 1, i32, 1 - ranks.rank());
  });
  EXPECT_THAT(outcomes, Each(AllOf(HasSubstr("root 0"), HasSubstr("root 1"))));
}

TEST(Communicator, AMessageOfAnotherSizeIsTold) {
  const auto outcomes = run_ranks(2, [](Communicator& ranks) {
    Numbers values(8);
    if (ranks.rank() == 0) ranks.send(values.data(), 8, i32, 1);
    if (ranks.rank() == 1) ranks.recv(values.data(), 5, i32, 0);
    ranks.barrier();
  });
  EXPECT_THAT(outcomes, Each(AllOf(HasSubstr("send of 8 int32 to rank 1"),
                                   HasSubstr("recv of 5 int32 from rank 0"))));
}

TEST(Communicator, AbortEndsTheWaitOfEveryRank) {
  const auto outcomes = run_ranks(3, [](Communicator& ranks) {
    if (ranks.rank() != 2) return ranks.barrier();
    std::thread([&] { ranks.abort(); }).join();
    ranks.check();
  });
  EXPECT_THAT(outcomes, Each(HasSubstr("rank 2 (pid " + std::to_string(::getpid()) +
                                       ", test) aborted the communicator")));
}

TEST(Communicator, ARankThatLeftIsNamedByThoseWhoWaitForIt) {
  auto outcomes = run_ranks(3, [](Communicator& ranks) {
    if (ranks.rank() != 1) ranks.barrier();
  });
  EXPECT_EQ(outcomes[1], "");
  outcomes.erase(outcomes.begin() + 1);
  EXPECT_THAT(outcomes, Each(AllOf(HasSubstr("rank 1"), HasSubstr("has let go"))));
}

TEST(Communicator, ARankMayLeaveOnceItsPartIsDone) {
  for (int round = 0; round < 100; ++round) {
    const auto outcomes = run_ranks(3, [](Communicator& ranks) {
      std::int32_t value = 1;
      ranks.all_reduce(&value, &value, 1, i32);
      EXPECT_EQ(value, 3);
    });
    ASSERT_EQ(outcomes, all_well(3)) << "round " << round;
  }
}

TEST(Communicator, TheTimeLimitTellsWhoLags) {
  const Token token = random_token();
  std::atomic<bool> told{false};
  std::thread late([&] {
    Communicator ranks({.token = token, .rank = 1, .ranks = 2, .slice = "MIG-late"});
    while (!told) std::this_thread::sleep_for(1ms);
  });
  Communicator ranks(
      {.token = token, .rank = 0, .ranks = 2, .slice = "MIG-0", .operation_limit = 50ms});
  try {
    ranks.barrier();
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::peer);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("waits for rank 1"), HasSubstr("MIG-late"),
                                    HasSubstr("has called nothing yet")));
  }
  told = true;
  late.join();
}

TEST(Communicator, ABrokenOneStaysBrokenAndTheOthersShrink) {
  const auto outcomes = run_ranks(4, [](Communicator& ranks) {
    if (ranks.rank() == 2) return ranks.abort();
    EXPECT_THROW(ranks.barrier(), Error);
    EXPECT_THROW(ranks.barrier(), Error);
    const std::vector<int> excluded{2};
    auto rest = ranks.shrink(excluded);
    EXPECT_EQ(rest.size(), 3);
    std::int32_t sum = ranks.rank();
    rest.all_reduce(&sum, &sum, 1, i32);
    EXPECT_EQ(sum, 0 + 1 + 3);
  });
  EXPECT_EQ(outcomes, all_well(4));
}

TEST(Communicator, AForkedChildIsTurnedAway) {
  const auto outcomes = run_ranks(1, [](Communicator& ranks) {
    const pid_t child = ::fork();
    if (child == 0) {
      try {
        ranks.barrier();
      } catch (const Error& error) {
        ::_exit(error.kind() == ErrorKind::usage ? 0 : 2);
      }
      ::_exit(1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  });
  EXPECT_EQ(outcomes, all_well(1));
}

TEST(Communicator, BadArgumentsAreNamed) {
  const auto outcomes = run_ranks(1, [](Communicator& ranks) {
    std::int32_t value = 0;
    const auto message = [&](const Operation& operation) -> std::string {
      try {
        ranks.run(operation);
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::argument);
        return error.what();
      }
      return "no error";
    };
    EXPECT_THAT(message(broadcast(&value, &value, 1, i32, 1)), HasSubstr("root 1"));
    EXPECT_THAT(message(send(&value, 1, i32, -1)), HasSubstr("rank -1"));
    EXPECT_THAT(message(all_reduce(nullptr, &value, 1, i32, Reduction::sum)), HasSubstr("null"));
    EXPECT_THAT(message(all_reduce(&value, &value, 1, DataType(99), Reduction::sum)),
                HasSubstr("unknown data type 99"));
    EXPECT_THAT(message(all_gather(&value, &value, SIZE_MAX / 4, i32)), HasSubstr("more than"));
  });
  EXPECT_EQ(outcomes, all_well(1));
}

}  // namespace
}  // namespace septet
