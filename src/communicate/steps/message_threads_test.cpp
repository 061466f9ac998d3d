// SPDX-License-Identifier: Apache-2.0
// The workers of a lane as threads that run side by side, as thread blocks do: for the thread
// sanitizer, and for orders that no schedule of message_test has.
#include "communicate/host/agent.hpp"
#include "communicate/layout.hpp"
#include "communicate/steps/message.hpp"
#include <septet/operation.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

namespace septet {
namespace {

using Messages = std::vector<std::vector<std::uint8_t>>;

constexpr Tuning tuning{.slot_bytes = 1024, .least_chunk_bytes = 256};

Capacity small() {
  return {.ranks = 2,
          .slots = 2,
          .slot_bytes = 256,
          .pipe_slots = 4,
          .pipe_slot_bytes = tuning.slot_bytes,
          .packets = {}};
}

/// Of many sizes, none among them.
Messages messages_of(std::uint8_t first) {
  Messages messages;
  for (std::size_t size = 0; size < 40'000; size = size * 3 / 2 + 1) {
    auto& bytes = messages.emplace_back(size);
    for (std::size_t i = 0; i < size; ++i) {
      bytes[i] = static_cast<std::uint8_t>(first == 0 ? 0 : first + i * 7 + size);
    }
  }
  return messages;
}

/// One worker's share of all messages.
template <typename Steps>
void work(const Pipe& pipe, Messages& messages, OperationKind kind, ChunkTurn turn) {
  HostAgent agent;
  for (auto& bytes : messages) {
    const auto plan = plan_message({.kind = kind, .count = bytes.size()}, tuning);
    Steps steps(pipe, plan, reinterpret_cast<std::byte*>(bytes.data()), turn);
    Step step = Step::moved;
    while (step != Step::finished && step != Step::mismatch) {
      step = steps.advance(agent);
      if (step == Step::waiting) std::this_thread::yield();
    }
    ASSERT_EQ(step, Step::finished);
    turn = steps.turn();
    turn.pass(plan);
  }
}

/// What comes of all messages when so many threads send them, and so many receive them.
Messages moved(std::uint32_t senders, std::uint32_t receivers) {
  struct alignas(4096) Page {
    std::byte bytes[4096];
  };
  const SegmentLayout layout(small());
  std::vector<Page> memory(layout.bytes() / sizeof(Page) + 1);
  const Pipe pipe = layout.pipe(memory.front().bytes, 0, 1);
  auto sent = messages_of(1);
  auto received = messages_of(0);
  std::vector<std::thread> threads;
  for (std::uint32_t i = 0; i < senders; ++i) {
    threads.emplace_back(
        [&, i] { work<Sending<HostAgent>>(pipe, sent, OperationKind::send, {0, i, senders}); });
  }
  for (std::uint32_t i = 0; i < receivers; ++i) {
    threads.emplace_back([&, i] {
      work<Receiving<HostAgent>>(pipe, received, OperationKind::recv, {0, i, receivers});
    });
  }
  for (auto& thread : threads) thread.join();
  return received;
}

TEST(MessageThreads, CrewsOfAnySizeMoveMessagesOfAllSizes) {
  for (const std::uint32_t senders : {1, 3}) {
    for (const std::uint32_t receivers : {1, 2, 5}) {
      EXPECT_EQ(moved(senders, receivers), messages_of(1))
          << senders << " senders, " << receivers << " receivers";
    }
  }
}

}  // namespace
}  // namespace septet
