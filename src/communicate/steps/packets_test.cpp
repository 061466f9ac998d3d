// SPDX-License-Identifier: Apache-2.0
// Packets one by one, as they come from a rank that is in the middle of sending them.
#include "communicate/steps/packets.hpp"

#include "communicate/host/agent.hpp"
#include "communicate/layout.hpp"

#include <gtest/gtest.h>

#include <algorithm>
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
  Correspondence(Operation operation, std::uint32_t round, std::uint32_t one_phase_words = capacity)
      : packets_(std::size_t{2} * 2 * 2 * capacity),
        results_(packets_.size()),
        mail_{packets_.data(),
              results_.data(),
              {capacity, capacity, one_phase_words, capacity, capacity},
              2,
              0},
        plan_(plan_exchange(operation, 0, 2, {.slot_bytes = 256, .one_hop_bytes = 256})),
        round_(round),
        steps_(mail_, plan_, round) {
    EXPECT_EQ(steps_.advance(agent_), Step::moved);
  }

  [[nodiscard]] Step advance() { return steps_.advance(agent_); }

  void send_head(std::uint32_t round) { send(0, plan_.signature, round); }
  void send_head() { send_head(round_); }
  void send(std::size_t index, std::uint64_t word, std::uint32_t round) {
    HostAgent::send(mail_.row(round_, index).of(1), word, round + 1);
  }
  void send_result(std::size_t index, std::uint64_t word, std::uint32_t round) {
    HostAgent::send(mail_.result_row(round_, index).of(1), word, round + 1);
  }
  /// Whether rank 0 has sent rank 1 result number `index`, and that it is `word`.
  [[nodiscard]] bool has_sent_result(std::size_t index, std::uint64_t word) const {
    return has_sent(mail_.sent_result_row(round_, index), word);
  }
  /// The same of packet number `index`.
  [[nodiscard]] bool has_sent(std::size_t index, std::uint64_t word) const {
    return has_sent(mail_.sent_row(round_, index), word);
  }

 private:
  [[nodiscard]] bool has_sent(const PacketRow& row, std::uint64_t word) const {
    std::uint64_t sent = 0;
    const bool came = HostAgent::receive({row.of(1), 0}, 1, -1, round_ + 1, &sent);
    return came && sent == word;
  }

  std::vector<Packet> packets_;
  std::vector<Packet> results_;
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
  EXPECT_TRUE(HostAgent::receive({&packet, 0}, 1, -1, 7, words.data()));
  EXPECT_EQ(words[0], 0x1111'2222'3333'4444);
  for (auto& half : packet.halves) {
    const auto whole = std::exchange(half, flag_of(5, 6));
    EXPECT_FALSE(HostAgent::receive({&packet, 0}, 1, -1, 7, words.data()));
    half = whole;
  }
}

TEST(Packets, InTwoPhasesEachReducesItsShareAndWaitsForTheOthers) {
  constexpr std::uint32_t round = 6;
  const std::array<std::uint64_t, 3> send{1, 2, 3};
  std::array<std::uint64_t, 3> recv{};
  Correspondence mail({.kind = OperationKind::all_reduce,
                       .type = DataType::uint64,
                       .count = 3,
                       .send = send.data(),
                       .recv = recv.data()},
                      round, 2);
  mail.send_head();
  mail.send(1, 10, round);
  EXPECT_EQ(mail.advance(), Step::waiting);
  mail.send(2, 20, round);
  EXPECT_EQ(mail.advance(), Step::moved);
  EXPECT_TRUE(mail.has_sent_result(0, 11));
  EXPECT_TRUE(mail.has_sent_result(1, 22));
  mail.send_result(0, 33, round - 2);
  EXPECT_EQ(mail.advance(), Step::waiting);
  mail.send_result(0, 33, round);
  EXPECT_EQ(mail.advance(), Step::finished);
  EXPECT_EQ(recv, (std::array<std::uint64_t, 3>{11, 22, 33}));
}

TEST(Packets, GoToWhoNeedsThem) {
  const Words send{1, 2};
  std::array<std::uint64_t, 4> recv{};
  const auto sends_first = [&](OperationKind kind, int root) {
    Correspondence mail({.kind = kind,
                         .type = DataType::uint64,
                         .root = root,
                         .count = 1,
                         .send = send.data(),
                         .recv = recv.data()},
                        6);
    return mail.has_sent(1, kind == OperationKind::reduce_scatter ? 2 : 1);
  };
  EXPECT_TRUE(sends_first(OperationKind::all_gather, 0));
  EXPECT_TRUE(sends_first(OperationKind::all_reduce, 0));
  EXPECT_TRUE(sends_first(OperationKind::reduce_scatter, 0)) << "the part of rank 1";
  EXPECT_TRUE(sends_first(OperationKind::broadcast, 0));
  EXPECT_FALSE(sends_first(OperationKind::broadcast, 1));
  EXPECT_TRUE(sends_first(OperationKind::reduce, 1));
  EXPECT_FALSE(sends_first(OperationKind::reduce, 0));
}

/// A plan of `bytes` of uint8 for each of `ranks` ranks.
ExchangePlan plan_of(OperationKind kind, std::size_t bytes, int rank, int ranks) {
  return plan_exchange({.kind = kind, .type = DataType::uint8, .count = bytes}, rank, ranks,
                       {.slot_bytes = 128 << 10});
}

struct Expected {
  OperationKind kind;
  int ranks;
  std::size_t bytes;
  PacketWay way;
};

TEST(PacketWay, FollowsFromSizeRanksAndKindOnEveryRankAlike) {
  constexpr std::size_t budget = 32 << 20;
  constexpr auto all_reduce = OperationKind::all_reduce;
  using enum PacketWay;
  for (const Expected& each : {
           Expected{all_reduce, 2, 128 << 10, one_phase},
           {all_reduce, 2, (128 << 10) + 1, none},
           {all_reduce, 3, 12 << 10, one_phase},
           {all_reduce, 3, 13 << 10, two_phases},
           {all_reduce, 4, 4 << 10, one_phase},
           {all_reduce, 4, (4 << 10) + 1, two_phases},
           {all_reduce, 4, 128 << 10, two_phases},
           {all_reduce, 4, 129 << 10, none},
           {all_reduce, 7, 800, one_phase},
           {all_reduce, 7, 1 << 10, two_phases},
           {all_reduce, 7, 64 << 10, two_phases},
           {all_reduce, 7, 65 << 10, none},
           {all_reduce, 16, 24 << 10, two_phases},
           {all_reduce, max_ranks, 8 << 10, two_phases},
           {all_reduce, max_ranks, 9 << 10, none},
           {OperationKind::broadcast, max_ranks, 100, one_phase},
           {OperationKind::broadcast, max_ranks, 200, none},
           {OperationKind::broadcast, 4, 8 << 10, one_phase},
           {OperationKind::broadcast, 4, 9 << 10, none},
           {OperationKind::reduce_scatter, 4, 2 << 10, one_phase},
           {OperationKind::reduce_scatter, 4, 3 << 10, none},
           {OperationKind::reduce_scatter, 4, SIZE_MAX / 4, none},
           {OperationKind::all_gather, 7, 8 << 10, one_phase},
           {OperationKind::barrier, 7, 0, one_phase},
       }) {
    const auto limits = packet_limits_for(each.ranks, budget);
    for (int rank = 0; rank < each.ranks; ++rank) {
      EXPECT_EQ(packet_way(plan_of(each.kind, each.bytes, rank, each.ranks), limits), each.way)
          << name_of(each.kind) << " of " << each.bytes << " bytes, rank " << rank << " of "
          << each.ranks;
    }
  }
}

TEST(PacketWay, IsNoneWhereThereAreNoPackets) {
  EXPECT_EQ(packet_way(plan_of(OperationKind::barrier, 0, 0, 2), {}), PacketWay::none);
}

TEST(PacketWay, HasRoomForWhatItTakesWithinAFifthOfTheBudget) {
  for (const std::size_t budget : {std::size_t{1} << 20, std::size_t{24} << 20}) {
    for (int ranks = 1; ranks <= max_ranks; ++ranks) {
      const auto limits = packet_limits_for(ranks, budget);
      const auto pairs = static_cast<std::size_t>(ranks) * static_cast<std::size_t>(ranks);
      const std::size_t bytes =
          sizeof(Packet) * 2 * pairs * (limits.capacity + limits.result_capacity);
      EXPECT_TRUE(bytes <= budget / 5 || limits.capacity <= 8) << ranks << " ranks, " << bytes;
      EXPECT_GT(limits.capacity, std::max(limits.one_phase_words, limits.most_words)) << ranks;
      EXPECT_GT(limits.capacity, share_of(limits.two_phases_words, ranks)) << ranks;
      EXPECT_GE(limits.result_capacity, share_of(limits.two_phases_words, ranks)) << ranks;
    }
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
