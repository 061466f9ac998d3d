// SPDX-License-Identifier: Apache-2.0
#include "communicate/meeting_message.hpp"

#include <septet/communicator.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace septet {
namespace {

Hello some_hello() {
  return {.rank = 3,
          .pid = 4711,
          .ranks = 8,
          .token = {.bits = {1, 2}, .host = 3},
          .segment_bytes = 1U << 20U,
          .terms = 5,
          .pid_space = 6,
          .slice = "MIG-3"};
}

std::vector<MeetingMessage> some_messages() {
  return {some_hello(), Attendance{.host = 2, .host_pid = 12, .present = 0b1011},
          Welcome{.members = {{.pid = 1, .pid_space = 2, .slice = "MIG-0", .has_process = true},
                              {.pid = 3, .pid_space = 4, .slice = "", .has_process = false}}},
          Verdict{}, Verdict{.error = ErrorKind::unavailable, .text = "missing: rank 3"}};
}

/// A Hello with one thing changed, sent and read.
std::optional<MeetingMessage> sent_with(const std::function<void(Hello&)>& change) {
  auto hello = some_hello();
  change(hello);
  return parse_message(print_message(hello));
}

TEST(MeetingMessage, ComesBackAsItWas) {
  for (const auto& message : some_messages()) {
    EXPECT_EQ(parse_message(print_message(message)), message);
  }
}

TEST(MeetingMessage, IsRefusedWhenBytesAreMissingOrLeftOver) {
  for (const auto& message : some_messages()) {
    const auto bytes = print_message(message);
    EXPECT_FALSE(parse_message(bytes + '\0'));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(parse_message(bytes.substr(0, size))) << size << " bytes";
    }
  }
}

TEST(MeetingMessage, OfARankOutOfRangeIsRefused) {
  EXPECT_TRUE(sent_with([](Hello& hello) { hello.rank = 7; }));
  EXPECT_FALSE(sent_with([](Hello& hello) { hello.rank = 8; }));
  EXPECT_FALSE(sent_with([](Hello& hello) { hello.rank = -1; }));
  EXPECT_FALSE(sent_with([](Hello& hello) { hello.ranks = max_ranks + 1; }));
  EXPECT_FALSE(sent_with([](Hello& hello) { hello.pid = 0; }));
  EXPECT_FALSE(parse_message(print_message(Attendance{.host = max_ranks, .host_pid = 1})));
  EXPECT_FALSE(parse_message(print_message(Welcome{})));
}

TEST(MeetingMessage, CutsNamesAndTextsThatAreTooLong) {
  const auto hello = sent_with([](Hello& it) { it.slice = std::string(1000, 's'); });
  ASSERT_TRUE(hello);
  EXPECT_EQ(std::get<Hello>(*hello).slice, std::string(longest_slice_name, 's'));

  const auto bytes =
      print_message(Verdict{.error = ErrorKind::system, .text = std::string(1'000'000, 't')});
  EXPECT_LE(bytes.size(), longest_message);
  EXPECT_TRUE(parse_message(bytes));
}

TEST(MeetingMessage, FitsWhenAllRanksHaveLongNames) {
  const Welcome::Entry entry{.pid = 1, .slice = std::string(longest_slice_name, 's')};
  const Welcome welcome{.members = std::vector(max_ranks, entry)};
  const auto bytes = print_message(welcome);
  EXPECT_LE(bytes.size(), longest_message);
  EXPECT_EQ(parse_message(bytes), MeetingMessage(welcome));
}

TEST(MeetingMessage, OfAnotherVersionTellsItsRankAndProcessOnly) {
  const auto message = sent_with([](Hello& hello) { hello.version = 99; });
  ASSERT_TRUE(message);
  const auto& hello = std::get<Hello>(*message);
  EXPECT_EQ(hello.version, 99U);
  EXPECT_EQ(hello.rank, 3);
  EXPECT_EQ(hello.pid, 4711);
  EXPECT_EQ(hello.slice, "");
}

}  // namespace
}  // namespace septet
