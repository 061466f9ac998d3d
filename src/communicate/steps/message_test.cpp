// SPDX-License-Identifier: Apache-2.0
#include "communicate/steps/message.hpp"

#include "communicate/host/agent.hpp"
#include "communicate/layout.hpp"
#include <septet/operation.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

namespace septet {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Sizes = std::vector<std::size_t>;

constexpr std::size_t slot_bytes = 8;

/// Two slots, so that a message of some dozen bytes goes round them.
Capacity tiny() {
  return {.ranks = 2,
          .slots = 2,
          .slot_bytes = 256,
          .pipe_slots = 2,
          .pipe_slot_bytes = slot_bytes,
          .packets = {}};
}

std::uint8_t value(std::size_t message, std::size_t i) {
  return static_cast<std::uint8_t>(1 + 50 * message + i);
}

Bytes message_of(std::size_t number, std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = value(number, i);
  return bytes;
}

/// One end of a pipe that sends, or receives, messages one after another, a step at a time.
template <typename Steps>
class End {
 public:
  End(const Pipe& pipe, const Sizes& sizes, std::uint32_t first_chunk)
      : pipe_(pipe), chunks_(first_chunk) {
    for (std::size_t i = 0; i < sizes.size(); ++i) buffers_.push_back(content(i, sizes[i]));
    begin();
  }
  End(const End&) = delete;
  End& operator=(const End&) = delete;

  Step advance() {
    if (finished() || killed_) return Step::waiting;
    const Step step = steps_->advance(agent_);
    if (step == Step::moved) ++moves_;
    if (step != Step::finished) return step;
    chunks_ += plan_.chunks;
    ++done_;
    begin();
    return Step::moved;
  }

  void kill() { killed_ = true; }
  [[nodiscard]] bool killed() const { return killed_; }
  [[nodiscard]] bool finished() const { return done_ == buffers_.size(); }
  [[nodiscard]] std::size_t done() const { return done_; }
  [[nodiscard]] std::size_t moves() const { return moves_; }
  [[nodiscard]] const Bytes& buffer(std::size_t i) const { return buffers_[i]; }

 private:
  static constexpr bool sends = std::is_same_v<Steps, Sending<HostAgent>>;

  static Bytes content(std::size_t number, std::size_t size) {
    return sends ? message_of(number, size) : Bytes(size);
  }

  void begin() {
    steps_.reset();
    if (finished()) return;
    auto& buffer = buffers_[done_];
    plan_ = plan_message(
        {.kind = sends ? OperationKind::send : OperationKind::recv, .count = buffer.size()},
        pipe_.slot_bytes);
    steps_.emplace(pipe_, plan_, reinterpret_cast<std::byte*>(buffer.data()), chunks_);
  }

  Pipe pipe_;
  std::vector<Bytes> buffers_;
  MessagePlan plan_;
  HostAgent agent_;
  std::optional<Steps> steps_;
  std::uint32_t chunks_;
  std::size_t done_ = 0;
  std::size_t moves_ = 0;
  bool killed_ = false;
};

/// Both ends of one pipe, and its memory, after `first_chunk` chunks.
class Pair {
 public:
  Pair(const Sizes& sent, const Sizes& received, std::uint32_t first_chunk = 0)
      : memory_(SegmentLayout(tiny()).bytes() / sizeof(Page) + 1),
        sender(pipe(), sent, first_chunk),
        receiver(pipe(), received, first_chunk) {
    for (std::uint32_t back = 1; first_chunk > 0 && back <= tiny().pipe_slots; ++back) {
      pipe().taken[(first_chunk - back) % tiny().pipe_slots].value = first_chunk - back + 1;
    }
  }

  explicit Pair(const Sizes& sizes) : Pair(sizes, sizes) {}

  Step advance(bool sends) { return sends ? sender.advance() : receiver.advance(); }

  /// Until neither can do a step. False when one met a mismatch.
  bool run() {
    while (true) {
      const Step one = sender.advance();
      const Step other = receiver.advance();
      if (one == Step::mismatch || other == Step::mismatch) return false;
      if (one == Step::waiting && other == Step::waiting) return true;
    }
  }

  void expect_right() const {
    for (std::size_t i = 0; i < receiver.done(); ++i) {
      ASSERT_EQ(receiver.buffer(i), sender.buffer(i)) << "message " << i;
    }
  }

 private:
  struct alignas(4096) Page {
    std::byte bytes[4096];
  };
  Pipe pipe() { return SegmentLayout(tiny()).pipe(memory_.front().bytes, 0, 1); }

  std::vector<Page> memory_;

 public:
  End<Sending<HostAgent>> sender;
  End<Receiving<HostAgent>> receiver;
};

/// Empty ones, one below, of and above the slot, and one that goes round the pipe.
const Sizes sizes{0, 7, 8, 9, 0, 43};

TEST(Message, EveryInterleavingOfTwoRanksComesOutRight) {
  constexpr int digits = 14;
  for (std::uint32_t schedule = 0; schedule < 1U << digits; ++schedule) {
    Pair pair(sizes);
    for (int i = 0; i < digits; ++i) pair.advance((schedule >> i & 1) != 0);
    ASSERT_TRUE(pair.run()) << "schedule " << schedule;
    ASSERT_TRUE(pair.sender.finished() && pair.receiver.finished()) << "schedule " << schedule;
    pair.expect_right();
  }
}

TEST(Message, ComesOutRightHoweverManyChunksWentBefore) {
  for (const std::uint32_t before : {0x7fff'fffcU, 0xffff'fffcU}) {
    Pair pair(sizes, sizes, before);
    ASSERT_TRUE(pair.run());
    ASSERT_TRUE(pair.sender.finished() && pair.receiver.finished());
    pair.expect_right();
  }
}

/// The other side ends up waiting, or done; never with what was not sent.
template <typename Kill>
void kill_at_each_step(const Kill& kill) {
  bool outlived = false;
  for (std::size_t step = 0; !outlived; ++step) {
    std::mt19937 random(static_cast<unsigned>(step));
    Pair pair(sizes);
    for (int tries = 0; tries < 400; ++tries) {
      kill(pair, step);
      ASSERT_NE(pair.advance(random() % 2 == 0), Step::mismatch);
    }
    pair.expect_right();
    outlived = pair.sender.finished() && pair.receiver.finished();
    ASSERT_LT(step, 100U);
  }
}

TEST(Message, ASenderThatDiesAtAnyStepLeavesTheReceiverWaitingOrRight) {
  kill_at_each_step([](Pair& pair, std::size_t step) {
    if (pair.sender.moves() == step && !pair.sender.finished()) pair.sender.kill();
  });
}

TEST(Message, AReceiverThatDiesAtAnyStepLeavesTheSenderWaitingOrDone) {
  kill_at_each_step([](Pair& pair, std::size_t step) {
    if (pair.receiver.moves() == step && !pair.receiver.finished()) pair.receiver.kill();
  });
}

TEST(Message, OneOfAnotherSizeIsToldToTheReceiver) {
  for (const std::size_t size : {0, 1, 8, 42, 44, 100}) {
    EXPECT_FALSE(Pair({3, 43}, {3, size}).run()) << size;
  }
}

TEST(Message, ASenderIsNotAheadByMoreThanThePipeHolds) {
  Pair pair({100}, {100});
  while (pair.sender.advance() == Step::moved) {
  }
  EXPECT_EQ(pair.sender.moves(), tiny().pipe_slots);
}

}  // namespace
}  // namespace septet
