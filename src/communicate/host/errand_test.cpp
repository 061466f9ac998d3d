// SPDX-License-Identifier: Apache-2.0
#include "communicate/host/errand.hpp"

#include "communicate/testing_threads.hpp"
#include <septet/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <random>
#include <vector>

namespace septet {
namespace {

using testing::HasSubstr;

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t window = Errand::window_bytes;

Bytes message_of(int sender, int receiver, std::size_t size) {
  std::mt19937_64 random(static_cast<std::uint64_t>(sender * 64 + receiver) * 1'000'003 + size);
  Bytes bytes(size);
  for (auto& each : bytes) each = static_cast<std::uint8_t>(random());
  return bytes;
}

/// One rank, with its windows, and a thread that plays the device.
class Rank {
 public:
  Rank(const Token& token, int rank, int ranks)
      : state_({.token = token, .rank = rank, .ranks = ranks, .slice = "test"}, Settings{},
               BufferPlace::host),
        out_(static_cast<std::size_t>(ranks) * window),
        in_(static_cast<std::size_t>(ranks) * window) {}

  [[nodiscard]] int rank() const { return state_.membership().rank; }
  [[nodiscard]] int size() const { return state_.membership().ranks; }
  [[nodiscard]] std::size_t most_orders() const { return most_orders_; }

  [[nodiscard]] Errand errand(const std::vector<Operation>& messages) {
    return {state_,
            messages,
            {reinterpret_cast<std::byte*>(out_.data()), reinterpret_cast<std::byte*>(in_.data())}};
  }

  void run(Errand& errand) {
    copy(errand.begin());
    for (std::size_t i = 0; i < errand.rounds(); ++i) copy(errand.run());
  }
  void run(const std::vector<Operation>& messages) {
    auto all = errand(messages);
    run(all);
  }

 private:
  void copy(std::span<const CopyOrder> orders) {
    most_orders_ = std::max(most_orders_, orders.size());
    for (const auto& [to, from, bytes] : orders) std::memcpy(to, from, bytes);
  }

  CommunicatorState state_;
  Bytes out_;
  Bytes in_;
  std::size_t most_orders_ = 0;
};

Outcomes run_errands(int ranks, const std::function<void(Rank&)>& body) {
  const Token token = random_token();
  return run_threads(ranks, [&](int rank) {
    Rank self(token, rank, ranks);
    body(self);
  });
}

/// Every rank to every other one, a message of each size.
struct AllPairs {
  AllPairs(const Rank& self, const std::vector<std::size_t>& sizes) : rank(self.rank()) {
    for (int peer = 0; peer < self.size(); ++peer) {
      if (peer == rank) continue;
      for (const auto size : sizes) {
        sent.push_back(message_of(rank, peer, size));
        expected.push_back(message_of(peer, rank, size));
        received.emplace_back(size);
        messages.push_back(send(sent.back().data(), size, DataType::uint8, peer));
        messages.push_back(recv(received.back().data(), size, DataType::uint8, peer));
      }
    }
  }
  int rank;
  std::vector<Bytes> sent;
  std::vector<Bytes> expected;
  std::vector<Bytes> received;
  std::vector<Operation> messages;
};

TEST(Errand, MessagesOfManySizesComeOutRightAlsoWhenRunAgain) {
  const std::vector<std::size_t> sizes{0, 1, 1000, window - 1, window, window + 1, 3 * window + 7};
  const auto outcomes = run_errands(3, [&](Rank& self) {
    AllPairs all(self, sizes);
    auto errand = self.errand(all.messages);
    for (int i = 0; i < 2; ++i) {
      for (auto& each : all.received) std::ranges::fill(each, std::uint8_t{0});
      self.run(errand);
      EXPECT_EQ(all.received, all.expected);
    }
  });
  EXPECT_EQ(outcomes, all_well(3));
}

TEST(Errand, WhatFitsIntoTheWindowsTakesOneRound) {
  const auto outcomes = run_errands(3, [&](Rank& self) {
    AllPairs all(self, {10, 0, 500'000, 100'000});
    auto errand = self.errand(all.messages);
    EXPECT_EQ(errand.rounds(), 1U);
    self.run(errand);
    EXPECT_EQ(all.received, all.expected);
  });
  EXPECT_EQ(outcomes, all_well(3));
}

TEST(Errand, ManySmallMessagesNeverOrderMoreCopiesThanTheListHolds) {
  const auto outcomes = run_errands(2, [&](Rank& self) {
    AllPairs all(self, std::vector<std::size_t>(700, 40));
    self.run(all.messages);
    EXPECT_EQ(all.received, all.expected);
    EXPECT_LE(self.most_orders(), 2 * Errand::most_orders);
  });
  EXPECT_EQ(outcomes, all_well(2));
}

/// As between two stages of a pipeline: one rank sends and receives at once, and the other answers
/// only when it has received everything.
TEST(Errand, OneRanksGroupMayBeAnotherOnesTwoCalls) {
  constexpr std::size_t size = 5 * window + 3;
  const auto outcomes = run_errands(2, [&](Rank& self) {
    const int peer = 1 - self.rank();
    const Bytes mine = message_of(self.rank(), peer, size);
    Bytes theirs(size);
    const auto out = send(mine.data(), size, DataType::uint8, peer);
    const auto in = recv(theirs.data(), size, DataType::uint8, peer);
    if (self.rank() == 0) {
      self.run({in, out});
    } else {
      self.run({in});
      self.run({out});
    }
    EXPECT_EQ(theirs, message_of(peer, self.rank(), size));
  });
  EXPECT_EQ(outcomes, all_well(2));
}

TEST(Errand, RanksMayOrderTheirMessagesAsTheyLike) {
  const auto outcomes = run_errands(4, [&](Rank& self) {
    AllPairs all(self, {2 * window, 77, 3 * window});
    // Those to and from one peer keep their order.
    std::mt19937 random(static_cast<unsigned>(self.rank()));
    std::vector<int> peers{0, 1, 2, 3};
    std::ranges::shuffle(peers, random);
    std::vector<Operation> shuffled;
    for (const int peer : peers) {
      std::ranges::copy_if(all.messages, std::back_inserter(shuffled),
                           [&](const Operation& each) { return each.root == peer; });
    }
    self.run(shuffled);
    EXPECT_EQ(all.received, all.expected);
  });
  EXPECT_EQ(outcomes, all_well(4));
}

TEST(Errand, ARankThatIsGoneIsNamed) {
  const auto outcomes = run_errands(2, [&](Rank& self) {
    if (self.rank() == 1) return;
    Bytes bytes(3 * window);
    self.run({recv(bytes.data(), bytes.size(), DataType::uint8, 1)});
  });
  EXPECT_THAT(outcomes[0], HasSubstr("rank 1"));
}

}  // namespace
}  // namespace septet
