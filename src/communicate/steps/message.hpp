// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/both.hpp"
#include "communicate/steps/plan.hpp"
#include "communicate/steps/ring.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace septet {

/// One send or recv: bytes that go through a Pipe, in chunks that each fill at most a slot.
struct MessagePlan {
  Description description;
  std::uint32_t signature = 0;  ///< Equal at both ends when both mean the same number of bytes.
  std::size_t bytes = 0;
  std::size_t chunk_bytes = 1;  ///< From nothing but what is the same at both ends.
  std::uint32_t chunks = 1;     ///< At least one: an empty message is one, too.

  [[nodiscard]] SEPTET_BOTH std::size_t first_of(std::uint32_t chunk) const {
    return chunk * chunk_bytes;
  }
  [[nodiscard]] SEPTET_BOTH std::size_t bytes_of(std::uint32_t chunk) const {
    const std::size_t left = bytes - first_of(chunk);
    return left < chunk_bytes ? left : chunk_bytes;
  }
};

/// `tuning` as for collectives; its slot is the pipe's.
[[nodiscard]] MessagePlan plan_message(const Operation& operation, const Tuning& tuning);

/// How far a worker has come with a lane: the messages that go through one pipe, one after another.
/// Their chunks, counted through all of them, are dealt to the lane's workers by turns.
///
/// Workers of a lane share nothing but the flags, and need no order among themselves. A slot is
/// used in turn by its sender and its receiver: chunk q is put into it once q - slots was taken,
/// and taken once q was sent, whoever does either. And no worker waits for ever, if all of them
/// run: of the chunks that were not taken yet, let q be the first. Its workers at both ends have
/// done their earlier chunks, so the receiver's is at q, and the sender's at q or past it; what q
/// waits for, that q - slots was taken, has come.
struct ChunkTurn {
  std::uint32_t first_chunk = 0;  ///< Of the message it is at: the pipe's chunks before.
  std::uint32_t chunk = 0;   ///< Its next one, counted from there; of a later message, perhaps.
  std::uint32_t stride = 1;  ///< Workers of the lane.

  /// To the next message, after this one.
  SEPTET_BOTH void pass(const MessagePlan& plan) {
    first_chunk += plan.chunks;
    chunk -= plan.chunks;
  }
};

/// The workers of each lane, by the chunks that it has: as many as there are chunks, `most` at
/// most, and one at least; all together no more than `workers`, unless there are more lanes than
/// that.
[[nodiscard]] std::vector<std::uint32_t> crews_of(std::span<const std::uint32_t> chunks,
                                                  std::uint32_t workers, std::uint32_t most);

/// The sender's steps of one message; `advance` as Exchange's. Finished: the worker's next chunk is
/// of another message.
template <typename Agent>
class Sending {
 public:
  SEPTET_BOTH Sending(const Pipe& pipe, const MessagePlan& plan, const std::byte* from,
                      ChunkTurn turn)
      : pipe_(pipe), plan_(plan), from_(from), turn_(turn) {}

  SEPTET_BOTH Step advance(Agent& agent) {
    if (turn_.chunk >= plan_.chunks) return Step::finished;
    const std::uint32_t number = turn_.first_chunk + turn_.chunk;
    const std::uint32_t slot = number % pipe_.slots;
    blocking_flag_ = pipe_.taken + slot;
    const Look look = agent.look(pipe_.taken + slot, 0, 1, {number + 1 - pipe_.slots, 0, false});
    if (!look.clear()) return Step::waiting;
    agent.copy(pipe_.data_of(number), from_ + plan_.first_of(turn_.chunk),
               plan_.bytes_of(turn_.chunk));
    agent.store(pipe_.sent + slot, flag_of(plan_.signature, number + 1), plan_.description);
    turn_.chunk += turn_.stride;
    return Step::moved;
  }

  /// The flag that was looked at last.
  [[nodiscard]] SEPTET_BOTH const FlagLine* blocking_flag() const { return blocking_flag_; }
  [[nodiscard]] SEPTET_BOTH const ChunkTurn& turn() const { return turn_; }

 private:
  const Pipe& pipe_;
  const MessagePlan& plan_;
  const std::byte* from_;
  ChunkTurn turn_;
  const FlagLine* blocking_flag_ = nullptr;
};

/// The receiver's.
template <typename Agent>
class Receiving {
 public:
  SEPTET_BOTH Receiving(const Pipe& pipe, const MessagePlan& plan, std::byte* to, ChunkTurn turn)
      : pipe_(pipe), plan_(plan), to_(to), turn_(turn) {}

  SEPTET_BOTH Step advance(Agent& agent) {
    if (turn_.chunk >= plan_.chunks) return Step::finished;
    const std::uint32_t number = turn_.first_chunk + turn_.chunk;
    const std::uint32_t slot = number % pipe_.slots;
    blocking_flag_ = pipe_.sent + slot;
    const Look look = agent.look(pipe_.sent + slot, 0, 1, {number + 1, plan_.signature, true});
    if (look.mismatch) return Step::mismatch;
    if (!look.clear()) return Step::waiting;
    agent.copy(to_ + plan_.first_of(turn_.chunk), pipe_.data_of(number),
               plan_.bytes_of(turn_.chunk));
    agent.store(pipe_.taken + slot, flag_of(plan_.signature, number + 1), plan_.description);
    turn_.chunk += turn_.stride;
    return Step::moved;
  }

  /// The flag that was looked at last.
  [[nodiscard]] SEPTET_BOTH const FlagLine* blocking_flag() const { return blocking_flag_; }
  [[nodiscard]] SEPTET_BOTH const ChunkTurn& turn() const { return turn_; }

 private:
  const Pipe& pipe_;
  const MessagePlan& plan_;
  std::byte* to_;
  ChunkTurn turn_;
  const FlagLine* blocking_flag_ = nullptr;
};

}  // namespace septet
