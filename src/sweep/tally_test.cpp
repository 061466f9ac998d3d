// SPDX-License-Identifier: Apache-2.0
#include "sweep/tally.hpp"

#include <gtest/gtest.h>

namespace septet {
namespace {

using Why = Halt::Why;

Sweep halting(const Halt& halt) {
  Sweep sweep;
  sweep.halt = halt;
  return sweep;
}

TrialEnd ended(int trial, Outcome outcome, std::optional<double> metric = {}) {
  TrialEnd end;
  end.trial = trial;
  end.outcome = outcome;
  end.metric = metric;
  return end;
}

TEST(Tally, HaltsAtACount) {
  Tally tally(halting({.why = Why::fail, .count = 2}), 100);
  tally.add(ended(1, Outcome::failed));
  tally.add(ended(2, Outcome::done));
  EXPECT_FALSE(tally.halts());
  tally.add(ended(3, Outcome::timed_out));
  EXPECT_TRUE(tally.halts());
  EXPECT_EQ(tally.reason(), "2 failed trials");
}

TEST(Tally, AnAttemptThatIsFollowedByAnotherIsNoFailure) {
  Tally tally(halting({.count = 1}), 100);
  auto end = ended(1, Outcome::failed);
  end.again = true;
  tally.add(end);
  EXPECT_FALSE(tally.halts());
}

TEST(Tally, HaltsAtAShareOfAllTrials) {
  Tally tally(halting({.why = Why::fail, .count = 25, .percent = true}), 10);
  for (const int trial : {1, 2}) tally.add(ended(trial, Outcome::failed));
  EXPECT_FALSE(tally.halts());  // As GNU parallel: 2 are less than 25 % of 10.
  tally.add(ended(3, Outcome::failed));
  EXPECT_TRUE(tally.halts());
}

TEST(Tally, HaltsAtSuccessOrAtAnyEnd) {
  Tally success(halting({.why = Why::success, .count = 1}), 10);
  Tally any(halting({.why = Why::done, .count = 3}), 10);
  for (auto* tally : {&success, &any}) {
    tally->add(ended(1, Outcome::failed));
    tally->add(ended(2, Outcome::pruned));
    tally->add(ended(3, Outcome::stopped));
    EXPECT_FALSE(tally->halts());
    tally->add(ended(4, Outcome::done));
    EXPECT_TRUE(tally->halts());
  }
  EXPECT_EQ(success.reason(), "1 successful trial");
  EXPECT_EQ(any.reason(), "3 ended trials");
}

TEST(Tally, NamesTheTrialsThatAreNotAmongTheBestAnyMore) {
  Sweep sweep;
  sweep.keep_best = 1;
  Tally tally(sweep, 10);
  EXPECT_EQ(tally.remember(1, 0.5), std::nullopt);  // Of an earlier run.
  EXPECT_EQ(tally.add(ended(2, Outcome::done, 0.25)), 1);
  EXPECT_EQ(tally.add(ended(3, Outcome::done, 0.75)), 3);
}

}  // namespace
}  // namespace septet
