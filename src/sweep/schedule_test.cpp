// SPDX-License-Identifier: Apache-2.0
#include "sweep/schedule.hpp"

#include <gmock/gmock.h>

namespace septet {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;

const Schedule::Time start{};

Space letters(const std::string& values) {
  return {.axes = {parse_axis("x=" + values)}, .random = {}};
}

/// A history in which trial i + 1 ended as the i-th outcome says.
History history_of(const Space& space, const std::vector<Outcome>& outcomes) {
  History history;
  history.sweep = SweepEvent{.command = {}, .space = digest_of(space)};
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const int trial = static_cast<int>(i) + 1;
    history.add(StartEvent{
        .trial = trial, .slice = "", .position = "", .parameters = parameters_of(space, i)});
    history.add(EndEvent{.trial = trial, .outcome = outcomes[i], .metrics = {}});
  }
  return history;
}

std::vector<int> numbers(const std::vector<Work>& work) {
  std::vector<int> result;
  for (const auto& each : work) result.push_back(each.trial);
  return result;
}

TEST(WorkLeft, ResumeRunsWhatDidNotEndAndResumeFailedWhatFailed) {
  const auto space = letters("a,b,c,d,e,f,g");
  const auto history = history_of(space, {Outcome::done, Outcome::failed, Outcome::stopped,
                                          Outcome::lost, Outcome::pruned, Outcome::timed_out});
  EXPECT_THAT(numbers(work_left(space, history, Resume::missing)), ElementsAre(3, 4, 7));
  EXPECT_THAT(numbers(work_left(space, history, Resume::failed)), ElementsAre(2, 6));
  EXPECT_THAT(numbers(work_left(space, history, Resume::both)), ElementsAre(2, 3, 4, 6, 7));
}

TEST(WorkLeft, AttemptsGoOnCounting) {
  const auto space = letters("a,b");
  auto history = history_of(space, {Outcome::failed});
  EXPECT_EQ(work_left(space, history, Resume::failed).front().attempt, 2);
}

TEST(WorkLeft, AChangedSpaceKeepsTheNumbersOfWhatRan) {
  const auto history =
      history_of(letters("a,b,c"), {Outcome::done, Outcome::failed, Outcome::done});
  const auto work = work_left(letters("z,c,b,a,c"), history, Resume::both);
  // z is new, b failed as number 2, a and the first c are done, the second c is new.
  ASSERT_THAT(numbers(work), ElementsAre(2, 4, 5));
  EXPECT_EQ(work[0].index, 2U);
  EXPECT_EQ(work[1].index, 0U);
  EXPECT_EQ(work[2].index, 4U);
}

TEST(Schedule, RunsInOrderAndRetriesAfterADelayThatDoubles) {
  Schedule schedule({{0, 1}, {1, 2}}, 2, milliseconds(100));
  const auto first = *schedule.next(start);
  EXPECT_EQ(first.trial, 1);
  EXPECT_TRUE(schedule.try_again(first, start));
  EXPECT_EQ(schedule.next(start)->trial, 2);
  EXPECT_FALSE(schedule.next(start).has_value());
  EXPECT_EQ(schedule.next_due(), start + milliseconds(100));

  const auto second = *schedule.next(start + milliseconds(100));
  EXPECT_EQ(second.attempt, 2);
  EXPECT_TRUE(schedule.try_again(second, start));
  EXPECT_EQ(schedule.next_due(), start + milliseconds(200));
  EXPECT_FALSE(schedule.try_again(*schedule.next(start + milliseconds(200)), start));
  EXPECT_EQ(schedule.waiting(), 0U);
}

TEST(Schedule, AMovedTrialComesFirstAndKeepsItsAttempt) {
  Schedule schedule({{0, 1}, {1, 2}}, 0, milliseconds(100));
  const auto work = *schedule.next(start);
  schedule.move(work, start);
  EXPECT_EQ(schedule.waiting(), 2U);
  const auto again = *schedule.next(start);
  EXPECT_EQ(again.trial, 1);
  EXPECT_EQ(again.attempt, 1);
}

}  // namespace
}  // namespace septet
