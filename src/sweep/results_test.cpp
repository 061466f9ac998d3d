// SPDX-License-Identifier: Apache-2.0
#include "sweep/results.hpp"

#include "sweep/importance.hpp"
#include "sweep/report.hpp"
#include "sweep/sources.hpp"
#include <septet/error.hpp>

#include <gmock/gmock.h>

#include <cmath>

namespace septet {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

StartEvent start(int trial, int attempt, Parameters parameters) {
  return {.trial = trial,
          .attempt = attempt,
          .slice = "MIG-1",
          .position = "0:1",
          .parameters = std::move(parameters),
          .at = 10};
}

EndEvent end(int trial, int attempt, Outcome outcome, double loss) {
  return {.trial = trial,
          .attempt = attempt,
          .outcome = outcome,
          .status = outcome == Outcome::done ? 0 : 3,
          .metrics = {{"loss", {loss, loss, loss}}},
          .at = 12.5};
}

Results collected(const std::vector<Event>& events) {
  std::string text = print_event(SweepEvent{.command = {"train"}, .space = "", .trials = 9});
  for (const auto& event : events) text += print_event(event);
  return collect(text, "journal", {.metric = "loss"});
}

TEST(Results, TheLastAttemptCountsAndOnlyTheDoneAreRanked) {
  const auto results = collected(
      {start(1, 1, {{"x", "a"}}), end(1, 1, Outcome::failed, 0.1), start(2, 1, {{"x", "b"}}),
       end(2, 1, Outcome::done, 0.3), start(1, 2, {{"x", "a"}}), end(1, 2, Outcome::done, 0.2),
       start(3, 1, {{"x", "c"}}), end(3, 1, Outcome::failed, 0.0), start(4, 1, {{"x", "d"}})});
  ASSERT_EQ(results.trials.size(), 4U);
  EXPECT_EQ(results.trials[0].rank, 1);
  EXPECT_EQ(results.trials[0].attempts, 2);
  EXPECT_EQ(results.trials[0].seconds, 2.5);
  EXPECT_EQ(results.trials[1].rank, 2);
  EXPECT_EQ(results.trials[2].rank, 0);
  EXPECT_EQ(results.trials[3].outcome, Outcome::stopped);
  EXPECT_EQ(results.spans.size(), 5U);
  EXPECT_FALSE(results.spans[4].end.has_value());
}

TEST(Results, CsvQuotesWhatNeedsItAndTellsMetricsFromParameters) {
  const auto csv =
      print_csv(collected({start(1, 1, {{"loss", "a,\"b\""}}), end(1, 1, Outcome::done, 0.25)}));
  EXPECT_EQ(csv,
            "trial,rank,outcome,status,attempts,seconds,position,slice,seed,loss,metric.loss,"
            "metric.loss.min,metric.loss.max\n"
            "1,1,done,0,1,2.5,0:1,MIG-1,0,\"a,\"\"b\"\"\",0.25,0.25,0.25\n");
}

TEST(Results, TheReportHoldsTheDataAndCannotBeBrokenByIt) {
  const auto results =
      collected({start(1, 1, {{"x", "</script><b>\xff"}}), end(1, 1, Outcome::done, std::nan(""))});
  Sweep sweep;
  sweep.folder = "no-such-folder";
  sweep.ranking.metric = "loss";
  const auto page = print_report(results, sweep);
  EXPECT_THAT(page, HasSubstr("\\u003c/script>\\u003cb>"));
  EXPECT_THAT(page, testing::Not(HasSubstr("{{data}}")));
  EXPECT_THAT(page, testing::Not(HasSubstr("src=")));
  EXPECT_THAT(page, testing::Not(HasSubstr("href=")));
}

TEST(Importance, AParameterThatDecidesStandsBeforeOneThatDoesNot) {
  std::vector<Event> events;
  for (int i = 0; i < 32; ++i) {
    const double x = i % 16;
    const Parameters tried{
        {"noise", i * 7 % 5 < 2 ? "a" : "b"}, {"x", std::to_string(x)}, {"same", "1"}};
    events.emplace_back(start(i + 1, 1, tried));
    events.emplace_back(end(i + 1, 1, Outcome::done, x * x));
  }
  const auto importance = importance_of(collected(events));
  ASSERT_EQ(importance.size(), 2U);
  EXPECT_EQ(importance[0].name, "x");
  EXPECT_GT(importance[0].share, 0.9);
  EXPECT_EQ(importance[1].name, "noise");
  EXPECT_LT(importance[1].share, 0.2);
}

TEST(Leaders, OfEqualTrialsTheEarlierStays) {
  Leaders leaders(Goal::min, 2);
  EXPECT_FALSE(leaders.add({2, 0.5}).has_value());
  EXPECT_FALSE(leaders.add({3, {}}).has_value());
  EXPECT_EQ(leaders.add({4, 0.5}), 3);
  EXPECT_EQ(leaders.add({1, 0.5}), 4);
  EXPECT_EQ(leaders.list().front().trial, 1);
}

TEST(Sources, AreTakenAsGnuParallelTakesThem) {
  std::vector<std::string> command{"echo", ":::", "a", "b", ":::+", "x", "y", ":::", "1"};
  const auto axes = take_sources(command);
  EXPECT_THAT(command, ElementsAre("echo"));
  ASSERT_EQ(axes.size(), 2U);
  EXPECT_THAT(axes[0].names, ElementsAre("1", "2"));
  EXPECT_THAT(axes[0].rows, ElementsAre(ElementsAre("a", "x"), ElementsAre("b", "y")));
  EXPECT_THAT(axes[1].names, ElementsAre("3"));

  std::vector<std::string> empty{"echo", ":::"};
  EXPECT_THROW((void)take_sources(empty), Error);
}

}  // namespace
}  // namespace septet
