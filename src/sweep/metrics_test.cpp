// SPDX-License-Identifier: Apache-2.0
#include "sweep/metrics.hpp"

#include <gmock/gmock.h>

#include <cmath>

namespace septet {
namespace {

using testing::ElementsAre;

TEST(Metrics, ALineWithNumbersIsAPoint) {
  const auto point = parse_point(R"(  {"step": 10, "loss": 0.5, "note": "x", "list": [1]}  )");
  ASSERT_TRUE(point);
  EXPECT_EQ(point->step, 10);
  EXPECT_EQ(point->values.size(), 1U);
  EXPECT_EQ(point->values.at("loss"), 0.5);
}

TEST(Metrics, OtherLinesAreNone) {
  for (const std::string line : {"", "loss 0.3", "{}", "{\"step\": 1}", "{\"a\": \"1\"}", "[1]",
                                 "{\"loss\": 0.3", "3", "{\"loss\": 0.3,}"}) {
    EXPECT_FALSE(parse_point(line)) << line;
  }
}

TEST(Metrics, WhatPythonWritesForNoNumberIsOne) {
  const auto point = parse_point(R"({"a": NaN, "b": -Infinity, "NaN \" NaN": 1, "c": null})");
  ASSERT_TRUE(point);
  EXPECT_TRUE(std::isnan(point->values.at("a")));
  EXPECT_TRUE(std::isnan(point->values.at("b")));
  EXPECT_TRUE(std::isnan(point->values.at("c")));
  EXPECT_EQ(point->values.at("NaN \" NaN"), 1);
}

TEST(Metrics, LastLeastAndGreatestAreKept) {
  Metrics metrics;
  for (const double loss : {2.0, 0.5, std::nan(""), 1.0})
    add_point(metrics, {{}, {{"loss", loss}}});
  EXPECT_EQ(metrics.at("loss"), (Metric{1.0, 0.5, 2.0}));
}

TEST(Metrics, ANumberBeatsNotANumberBeatsNothing) {
  const double none = std::nan("");
  EXPECT_TRUE(is_better(1, 2, Goal::min));
  EXPECT_TRUE(is_better(2, 1, Goal::max));
  EXPECT_TRUE(is_better(1, none, Goal::min));
  EXPECT_FALSE(is_better(none, 1, Goal::min));
  EXPECT_TRUE(is_better(1, {}, Goal::max));
  EXPECT_FALSE(is_better({}, {}, Goal::max));
  EXPECT_TRUE(is_better(none, {}, Goal::min));
}

TEST(Metrics, TheScoreIsTheLastOrTheBestValue) {
  const Metrics metrics{{"loss", {1.0, 0.5, 2.0}}};
  EXPECT_EQ(score_of(metrics, {"loss", Goal::min, Score::last}), 1.0);
  EXPECT_EQ(score_of(metrics, {"loss", Goal::min, Score::best}), 0.5);
  EXPECT_EQ(score_of(metrics, {"loss", Goal::max, Score::best}), 2.0);
  EXPECT_FALSE(score_of(metrics, {"accuracy", Goal::max, Score::last}));
}

TEST(LineFeed, LinesComeWholeHoweverTheyAreCut) {
  const std::string text = "one\n\ntwo\r\nthree";
  for (std::size_t size = 1; size < 8; ++size) {
    std::vector<std::string> lines;
    const auto keep = [&](std::string_view line) { lines.emplace_back(line); };
    LineFeed feed;
    for (std::size_t at = 0; at < text.size(); at += size) feed.feed(text.substr(at, size), keep);
    feed.finish(keep);
    EXPECT_THAT(lines, ElementsAre("one", "two\r", "three"));
  }
}

TEST(LineFeed, ALineThatIsTooLongIsPassedOver) {
  std::vector<std::string> lines;
  const auto keep = [&](std::string_view line) { lines.emplace_back(line); };
  LineFeed feed;
  feed.feed(std::string(50'000, 'x'), keep);
  feed.feed(std::string(50'000, 'x') + "\nshort\n" + std::string(70'000, 'y') + "\nlast\n", keep);
  EXPECT_THAT(lines, ElementsAre("short", "last"));
}

}  // namespace
}  // namespace septet
