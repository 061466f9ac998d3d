// SPDX-License-Identifier: Apache-2.0
#include "communicate/tuning_table.hpp"

#include "communicate/communicator_state.hpp"
#include "communicate/host/run.hpp"
#include <septet/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace septet {
namespace {

constexpr auto example =
    "septet-tuning 1\n"
    "# a comment\n"
    "device  4     16K    two  128   host   3,1,4   # 64K: 41 us\n"
    "\n"
    "device  4     0      one  -     -      -\n"
    "host    4     1M     -    256   -      -\n";

TEST(TuningTable, IsPrintedAsItIsRead) {
  const auto table = parse_tuning(example, "t");
  ASSERT_EQ(table.size(), 3U);
  EXPECT_EQ(text_of(table[0]), "device  4     16K    two  128   host   3,1,4");
  EXPECT_EQ(text_of(table[1]), "device  4     0      one  -     -      -");
  EXPECT_EQ(text_of(table[2]), "host    4     1M     -    256   -      -");
}

TEST(TuningTable, TheLineOfASizeIsTheLastThatBeginsNoLater) {
  const auto lines = lines_for(parse_tuning(example, "t"), BufferPlace::device, 4);
  EXPECT_EQ(line_of(lines, 0).manner.hops, Hops::one);
  EXPECT_EQ(line_of(lines, (16 << 10) - 1).manner.hops, Hops::one);
  EXPECT_EQ(line_of(lines, 16 << 10).manner.reduce_on, ReduceOn::host);
  EXPECT_EQ(line_of(lines, 1 << 30).manner.blocks, (Blocks{3, 1, 4}));
}

TEST(TuningTable, WhatNoLineIsForIsAsUsual) {
  const auto table = parse_tuning(example, "t");
  EXPECT_EQ(lines_for(table, BufferPlace::device, 5).size(), 1U);
  const auto lines = lines_for(table, BufferPlace::host, 4);
  EXPECT_EQ(line_of(lines, 8).manner, Manner{});
  EXPECT_EQ(line_of(lines, 1 << 20).manner.chunk_bytes, 256U << 10);
}

TEST(TuningTable, AMistakeIsToldWithItsPlace) {
  const std::string good(tuning_heading());
  for (const auto& [text, told] : std::vector<std::pair<std::string, std::string>>{
           {"", "t: is empty"},
           {"host 4 0 one - - -", "t:1: a table begins with"},
           {"septet-tuning 2", "t:1: a table begins with"},
           {good + "\nhost 4 0 one", "t:2: 4 words"},
           {good + "\n\nhots 4 0 one - - -", "t:3: \"hots\""},
           {good + "\nhost 65 0 one - - -", "t:2: \"65\""},
           {good + "\nhost 4 0 packets - - -", "t:2: packets, reduce and blocks are of device"},
           {good + "\nhost 4 -1 one - - -", "t:2: \"-1\""},
           {good + "\nhost 4 9999999999G one - - -", "t:2: \"9999999999G\""},
           {good + "\nhost 4 0 three - - -", "t:2: \"three\""},
           {good + "\nhost 4 0 - 8 - -", "t:2: \"8\""},
           {good + "\nhost 4 0 - - host -", "t:2: packets, reduce and blocks are of device"},
           {good + "\ndevice 4 0 - - there -", "t:2: \"there\""},
           {good + "\ndevice 4 0 - - - 1,2", "t:2: \"1,2\""},
           {good + "\ndevice 4 1K - - - -\ndevice 4 1024 one - - -", "t:3: there is a line"}}) {
    try {
      static_cast<void>(parse_tuning(text, "t"));
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::argument);
      EXPECT_THAT(error.what(), testing::StartsWith(told));
    }
  }
}

/// Runs `body` on two threads, each with its rank and its settings; what the ranks threw.
template <typename Body>
std::vector<std::string> with_settings(const std::vector<Settings>& settings, Body body) {
  const Token token = random_token();
  std::vector<std::string> outcomes(settings.size());
  std::vector<std::jthread> threads;
  for (std::size_t rank = 0; rank < settings.size(); ++rank) {
    threads.emplace_back([&, rank] {
      try {
        const Membership membership{.token = token,
                                    .rank = static_cast<int>(rank),
                                    .ranks = static_cast<int>(settings.size()),
                                    .slice = "test"};
        CommunicatorState state(membership, settings[rank], BufferPlace::host);
        body(state);
      } catch (const Error& error) {
        outcomes[rank] = error.what();
      }
    });
  }
  threads.clear();
  return outcomes;
}

Settings tuned(const std::string& line) {
  Settings settings;
  settings.tuning = parse_tuning(std::string(tuning_heading()) + "\n" + line, "t");
  return settings;
}

TEST(Tuning, RanksOfOtherTablesDoNotMeet) {
  const auto told = with_settings({tuned("host 2 0 one - - -"), tuned("host 2 0 two - - -")},
                                  [](CommunicatorState&) {});
  for (const auto& each : told) EXPECT_THAT(each, testing::HasSubstr("SEPTET_TUNING"));
}

TEST(Tuning, LinesForOthersMakeNoDifference) {
  const auto told = with_settings({tuned("host 3 0 one - - -"), tuned("device 2 0 two 64 - -")},
                                  [](CommunicatorState&) {});
  EXPECT_EQ(told, std::vector<std::string>(2));
}

TEST(Tuning, AVariableWinsOverTheTable) {
  auto settings = tuned("host 2 0 one 64 - -");
  settings.chunk_bytes = 32 << 10;
  EXPECT_EQ(with_settings({settings, settings},
                          [](CommunicatorState& state) {
                            const auto manner = state.manner_for(barrier());
                            EXPECT_EQ(manner.chunk_bytes, 32U << 10);
                            EXPECT_EQ(manner.hops, Hops::one);
                            EXPECT_EQ(state.layout().capacity().slot_bytes, 32U << 10);
                          }),
            std::vector<std::string>(2));
}

}  // namespace
}  // namespace septet
