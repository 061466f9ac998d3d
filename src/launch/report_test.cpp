// SPDX-License-Identifier: Apache-2.0
#include "launch/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <csignal>

namespace septet {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

RankExit rank_exit(int status, int signal) {
  RankExit exit;
  exit.status = status;
  exit.signal = signal;
  return exit;
}

ExitReport failed_report() {
  ExitReport report;
  report.status = 3;
  report.first_failure = 1;
  report.ranks = {rank_exit(143, SIGTERM), rank_exit(3, 0)};
  report.ranks[1].rank = 1;
  report.ranks[1].pid = 11;
  report.ranks[1].slice = "MIG-b";
  report.ranks[1].last_lines = {"x", "y"};
  return report;
}

TEST(Report, NamesTheRootCauseWithItsLastLines) {
  Slice slice;
  slice.uuid = "MIG-b";
  slice.index = 4;
  EXPECT_THAT(root_cause(failed_report(), {slice}),
              ElementsAre("rank 1 on slice 0:4 MIG-b (pid 11) exited with status 3, the first to "
                          "fail; its last lines:",
                          "  | x", "  | y"));
}

TEST(Report, HasNoRootCauseWhenNothingFailed) { EXPECT_TRUE(root_cause({}, {}).empty()); }

TEST(Report, SaysHowARankEnded) {
  EXPECT_EQ(how_it_ended(rank_exit(2, 0)), "exited with status 2");
  EXPECT_EQ(how_it_ended(rank_exit(139, SIGSEGV)), "was killed by SIGSEGV");
}

TEST(Report, IsJsonThatCanBeRead) {
  auto report = failed_report();
  report.ranks[1].last_lines = {"not UTF-8: \xff"};
  const auto json = nlohmann::json::parse(to_json(report));
  EXPECT_EQ(json.at("version"), 1);
  EXPECT_EQ(json.at("first_failure"), 1);
  EXPECT_EQ(json.at("ranks").at(0).at("signal"), SIGTERM);
  EXPECT_THAT(json.at("ranks").at(1).at("last_lines").at(0).get<std::string>(),
              HasSubstr("not UTF-8: "));
}

}  // namespace
}  // namespace septet
