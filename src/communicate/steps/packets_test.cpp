// SPDX-License-Identifier: Apache-2.0
// Packets one by one, as they come from a rank that is in the middle of sending them.
#include "communicate/steps/packets.hpp"

#include "communicate/host/agent.hpp"
#include "communicate/layout.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace septet {
namespace {

using Words = std::array<std::uint64_t, 2>;

constexpr std::uint32_t capacity = 4;

/// Rank 0 of two runs `operation`; rank 1's packets are sent by the test.
class Correspondence {
 public:
  Correspondence(Operation operation, std::uint32_t round)
      : packets_(std::size_t{2} * 2 * capacity),
        mail_{packets_.data(), capacity, 2, 0},
        plan_(plan_exchange(operation, 0, 2, {.slot_bytes = 256, .one_hop_bytes = 256})),
        round_(round),
        steps_(mail_, plan_, round) {
    EXPECT_EQ(steps_.advance(agent_), Step::moved);
  }

  [[nodiscard]] Step advance() { return steps_.advance(agent_); }

  void send_head(std::uint32_t round) { send(0, plan_.signature, round); }
  void send_head() { send_head(round_); }
  void send(std::size_t index, std::uint64_t word, std::uint32_t round) {
    HostAgent::send(mail_.of(1, round_) + index, word, round + 1);
  }

 private:
  std::vector<Packet> packets_;
  Mail mail_;
  ExchangePlan plan_;
  std::uint32_t round_;
  HostAgent agent_;
  PacketExchange<HostAgent> steps_;
};

/// Every packet is waited for, also behind a head that has come.
void expect_patience(OperationKind kind, const Words& send, std::vector<std::uint64_t>& recv) {
  constexpr std::uint32_t round = 6;
  Correspondence mail({.kind = kind,
                       .type = DataType::uint64,
                       .root = 1,
                       .count = 2,
                       .send = send.data(),
                       .recv = recv.data()},
                      round);
  EXPECT_EQ(mail.advance(), Step::waiting);
  mail.send_head();
  EXPECT_EQ(mail.advance(), Step::waiting);
  mail.send(1, 30, round);
  EXPECT_EQ(mail.advance(), Step::waiting);
  mail.send(2, 40, round - 2);  // Of an older round, in the same place.
  EXPECT_EQ(mail.advance(), Step::waiting);
  mail.send(2, 40, round);
  EXPECT_EQ(mail.advance(), Step::finished);
}

TEST(Packets, EachIsWaitedForBehindAHeadThatHasCome) {
  const Words send{1, 2};
  std::vector<std::uint64_t> all(4);
  expect_patience(OperationKind::all_gather, send, all);
  EXPECT_EQ(all, (std::vector<std::uint64_t>{1, 2, 30, 40}));
  std::vector<std::uint64_t> sums(2);
  expect_patience(OperationKind::all_reduce, send, sums);
  EXPECT_EQ(sums, (std::vector<std::uint64_t>{31, 42}));
  std::vector<std::uint64_t> given(2);
  expect_patience(OperationKind::broadcast, send, given);
  EXPECT_EQ(given, (std::vector<std::uint64_t>{30, 40}));
}

TEST(Packets, HalfOfOneIsNone) {
  std::array<std::uint64_t, 2> words{};
  Packet packet;
  HostAgent::send(&packet, 0x1111'2222'3333'4444, 7);
  EXPECT_TRUE(HostAgent::receive(&packet, 1, 1, 7, words.data()));
  EXPECT_EQ(words[0], 0x1111'2222'3333'4444);
  for (auto& half : packet.halves) {
    const auto whole = std::exchange(half, flag_of(5, 6));
    EXPECT_FALSE(HostAgent::receive(&packet, 1, 1, 7, words.data()));
    half = whole;
  }
}

TEST(Packets, TheHeadOfAnOlderRoundIsNone) {
  Correspondence mail({.kind = OperationKind::barrier}, 4);
  mail.send_head(2);
  EXPECT_EQ(mail.advance(), Step::waiting);
  mail.send_head();
  EXPECT_EQ(mail.advance(), Step::finished);
}

}  // namespace
}  // namespace septet
