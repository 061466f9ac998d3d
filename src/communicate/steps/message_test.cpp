// SPDX-License-Identifier: Apache-2.0
#include "communicate/steps/message.hpp"

#include "communicate/host/agent.hpp"
#include "communicate/layout.hpp"
#include <septet/operation.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <type_traits>
#include <vector>

namespace septet {
namespace {

using testing::ElementsAre;

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

/// One of the workers of an end of a pipe: moves its share of the chunks of messages, one after
/// another, a step at a time.
template <typename Steps>
class Worker {
 public:
  Worker(const Pipe& pipe, std::vector<Bytes>& buffers, const ChunkTurn& turn)
      : pipe_(pipe), buffers_(buffers), turn_(turn) {
    begin();
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  Step advance() {
    if (finished()) return Step::waiting;
    const Step step = steps_->advance(agent_);
    if (step != Step::finished) return step;
    turn_ = steps_->turn();
    turn_.pass(plan_);
    ++done_;
    begin();
    return Step::moved;
  }

  [[nodiscard]] bool finished() const { return done_ == buffers_.size(); }
  [[nodiscard]] std::size_t done() const { return done_; }

 private:
  static constexpr auto kind =
      std::is_same_v<Steps, Sending<HostAgent>> ? OperationKind::send : OperationKind::recv;

  void begin() {
    steps_.reset();
    if (finished()) return;
    auto& buffer = buffers_[done_];
    plan_ = plan_message({.kind = kind, .count = buffer.size()}, {.slot_bytes = pipe_.slot_bytes});
    steps_.emplace(pipe_, plan_, reinterpret_cast<std::byte*>(buffer.data()), turn_);
  }

  const Pipe& pipe_;
  std::vector<Bytes>& buffers_;
  ChunkTurn turn_;
  MessagePlan plan_;
  HostAgent agent_;
  std::optional<Steps> steps_;
  std::size_t done_ = 0;
};

/// One end of a pipe that sends, or receives, messages one after another.
template <typename Steps>
class End {
 public:
  End(const Pipe& pipe, const Sizes& sizes, std::uint32_t first_chunk, std::uint32_t workers)
      : pipe_(pipe) {
    constexpr bool sends = std::is_same_v<Steps, Sending<HostAgent>>;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      buffers_.push_back(sends ? message_of(i, sizes[i]) : Bytes(sizes[i]));
    }
    for (std::uint32_t i = 0; i < workers; ++i) {
      workers_.push_back(std::make_unique<Worker<Steps>>(
          pipe_, buffers_, ChunkTurn{.first_chunk = first_chunk, .chunk = i, .stride = workers}));
    }
  }
  End(const End&) = delete;
  End& operator=(const End&) = delete;

  Step advance(std::size_t worker) {
    if (killed_) return Step::waiting;
    const Step step = workers_[worker % workers_.size()]->advance();
    if (step == Step::moved) ++moves_;
    return step;
  }

  void kill() { killed_ = true; }
  [[nodiscard]] bool finished() const { return done() == buffers_.size(); }
  [[nodiscard]] std::size_t done() const {
    const auto behind = [](const auto& a, const auto& b) { return a->done() < b->done(); };
    return (*std::ranges::min_element(workers_, behind))->done();
  }
  [[nodiscard]] std::size_t workers() const { return workers_.size(); }
  [[nodiscard]] std::size_t moves() const { return moves_; }
  [[nodiscard]] const Bytes& buffer(std::size_t i) const { return buffers_[i]; }

 private:
  Pipe pipe_;
  std::vector<Bytes> buffers_;
  std::vector<std::unique_ptr<Worker<Steps>>> workers_;
  std::size_t moves_ = 0;
  bool killed_ = false;
};

/// How many workers each end has.
struct Crews {
  std::uint32_t sending = 1;
  std::uint32_t receiving = 1;
};

/// Both ends of one pipe, and its memory, after `first_chunk` chunks.
class Pair {
 public:
  Pair(const Sizes& sent, const Sizes& received, const Crews& crews = {},
       std::uint32_t first_chunk = 0)
      : memory_(SegmentLayout(tiny()).bytes() / sizeof(Page) + 1),
        sender(pipe(), sent, first_chunk, crews.sending),
        receiver(pipe(), received, first_chunk, crews.receiving) {
    for (std::uint32_t back = 1; first_chunk > 0 && back <= tiny().pipe_slots; ++back) {
      pipe().taken[(first_chunk - back) % tiny().pipe_slots].value = first_chunk - back + 1;
    }
  }

  explicit Pair(const Sizes& sizes, const Crews& crews = {}) : Pair(sizes, sizes, crews) {}

  /// A try of one of all workers.
  Step advance(std::size_t worker) {
    const std::size_t number = worker % workers();
    return number < sender.workers() ? sender.advance(number)
                                     : receiver.advance(number - sender.workers());
  }
  [[nodiscard]] std::size_t workers() const { return sender.workers() + receiver.workers(); }

  /// Until nobody can do a step. False when one met a mismatch.
  bool run() {
    bool moved = true;
    while (moved) {
      moved = false;
      for (std::size_t i = 0; i < workers(); ++i) {
        const Step step = advance(i);
        if (step == Step::mismatch) return false;
        moved |= step == Step::moved;
      }
    }
    return true;
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

void expect_all_right(Pair& pair) {
  ASSERT_TRUE(pair.run());
  ASSERT_TRUE(pair.sender.finished() && pair.receiver.finished());
  pair.expect_right();
}

TEST(Message, EveryInterleavingOfTwoRanksComesOutRight) {
  constexpr int digits = 14;
  for (std::uint32_t schedule = 0; schedule < 1U << digits; ++schedule) {
    SCOPED_TRACE(schedule);
    Pair pair(sizes);
    for (int i = 0; i < digits; ++i) pair.advance(schedule >> i & 1);
    ASSERT_NO_FATAL_FAILURE(expect_all_right(pair));
  }
}

/// More workers than slots among them, and ends whose crews differ.
const std::vector<Crews> all_crews{{1, 1}, {2, 1}, {1, 3}, {2, 2}, {3, 2}, {5, 4}};

TEST(Message, EveryInterleavingOfTwoWorkersAtEachEndComesOutRight) {
  constexpr int digits = 8;  // Each is one of four workers.
  for (std::uint32_t schedule = 0; schedule < 1U << 2 * digits; ++schedule) {
    SCOPED_TRACE(schedule);
    Pair pair(sizes, Crews{2, 2});
    for (int i = 0; i < digits; ++i) pair.advance(schedule >> 2 * i & 3);
    ASSERT_NO_FATAL_FAILURE(expect_all_right(pair));
  }
}

/// Among them some that stand still for long: each runs as far as it comes before the next does.
TEST(Message, WorkersComeOutRightHoweverLongOneStandsStill) {
  for (const Crews& crews : all_crews) {
    for (unsigned seed = 0; seed < 500; ++seed) {
      SCOPED_TRACE(seed);
      std::mt19937 random(seed);
      Pair pair(sizes, crews);
      for (int bursts = 0; bursts < 12; ++bursts) {
        const std::size_t worker = random();
        while (pair.advance(worker) == Step::moved && random() % 8 != 0) {
        }
      }
      ASSERT_NO_FATAL_FAILURE(expect_all_right(pair));
    }
  }
}

TEST(Message, ComesOutRightHoweverManyChunksWentBefore) {
  for (const std::uint32_t before : {0x7fff'fffcU, 0xffff'fffcU}) {
    for (const Crews& crews : all_crews) {
      Pair pair(sizes, sizes, crews, before);
      ASSERT_NO_FATAL_FAILURE(expect_all_right(pair));
    }
  }
}

/// The other side ends up waiting, or done; never with what was not sent.
template <typename Kill>
void kill_at_each_step(const Crews& crews, const Kill& kill) {
  bool outlived = false;
  for (std::size_t step = 0; !outlived; ++step) {
    std::mt19937 random(static_cast<unsigned>(step));
    Pair pair(sizes, crews);
    for (int tries = 0; tries < 1000; ++tries) {
      kill(pair, step);
      ASSERT_NE(pair.advance(random()), Step::mismatch);
    }
    pair.expect_right();
    outlived = pair.sender.finished() && pair.receiver.finished();
    ASSERT_LT(step, 200U);
  }
}

TEST(Message, ASenderThatDiesAtAnyStepLeavesTheReceiverWaitingOrRight) {
  for (const Crews& crews : all_crews) {
    kill_at_each_step(crews, [](Pair& pair, std::size_t step) {
      if (pair.sender.moves() == step && !pair.sender.finished()) pair.sender.kill();
    });
  }
}

TEST(Message, AReceiverThatDiesAtAnyStepLeavesTheSenderWaitingOrDone) {
  for (const Crews& crews : all_crews) {
    kill_at_each_step(crews, [](Pair& pair, std::size_t step) {
      if (pair.receiver.moves() == step && !pair.receiver.finished()) pair.receiver.kill();
    });
  }
}

TEST(Message, OneOfAnotherSizeIsToldToTheReceiver) {
  for (const Crews& crews : all_crews) {
    for (const std::size_t size : {0, 1, 8, 42, 44, 100}) {
      EXPECT_FALSE(Pair({3, 43}, {3, size}, crews).run()) << size;
    }
  }
}

TEST(Message, ASenderIsNotAheadByMoreThanThePipeHolds) {
  for (const std::uint32_t workers : {1, 2, 3}) {
    Pair pair({100}, {100}, Crews{workers, 1});
    while (pair.sender.moves() < tiny().pipe_slots) pair.sender.advance(pair.sender.moves());
    for (std::size_t i = 0; i < workers; ++i) EXPECT_EQ(pair.sender.advance(i), Step::waiting);
  }
}

TEST(Message, LargeOnesAreCutIntoFullSlotsAndSmallerOnesIntoEightThatAreNotTooSmall) {
  const Tuning tuning{.slot_bytes = 32 << 10, .least_chunk_bytes = 16 << 10};
  const auto chunks = [&](std::size_t bytes) {
    return plan_message({.kind = OperationKind::send, .count = bytes}, tuning).chunks;
  };
  EXPECT_EQ(chunks(0), 1U);
  EXPECT_EQ(chunks(16 << 10), 1U);
  EXPECT_EQ(chunks((16 << 10) + 1), 2U);
  EXPECT_EQ(chunks(128 << 10), 8U);
  EXPECT_EQ(chunks(1 << 20), 32U);
}

std::vector<std::uint32_t> crews(const std::vector<std::uint32_t>& chunks, std::uint32_t workers) {
  return crews_of(chunks, workers, 8);
}

TEST(MessageCrews, NoLaneHasMoreWorkersThanChunksOrThanAreAllowed) {
  EXPECT_THAT(crews({1, 3, 100}, 32), ElementsAre(1, 3, 8));
  EXPECT_THAT(crews({1}, 0), ElementsAre(1));
}

TEST(MessageCrews, LargeLanesShareWhatSmallOnesLeave) {
  EXPECT_THAT(crews({1, 100, 100}, 9), ElementsAre(1, 4, 4));
  EXPECT_THAT(crews({2, 5, 100, 100}, 16), ElementsAre(2, 4, 4, 4));
}

TEST(MessageCrews, EveryLaneHasAWorkerHoweverFewThereAre) {
  EXPECT_THAT(crews({9, 9, 9}, 2), ElementsAre(1, 1, 1));
}

}  // namespace
}  // namespace septet
