// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/both.hpp"
#include "communicate/steps/ring.hpp"

#include <cstddef>
#include <cstdint>

namespace septet {

/// One send or recv: bytes that go through a Pipe, in chunks of its slots.
struct MessagePlan {
  Description description;
  std::uint32_t signature = 0;  ///< Equal at both ends when both mean the same number of bytes.
  std::size_t bytes = 0;
  std::uint32_t chunks = 1;  ///< At least one: an empty message is one, too.

  [[nodiscard]] SEPTET_BOTH std::size_t bytes_of(std::uint32_t chunk, std::size_t slot) const {
    const std::size_t left = bytes - chunk * slot;
    return left < slot ? left : slot;
  }
};

[[nodiscard]] MessagePlan plan_message(const Operation& operation, std::size_t slot_bytes);

/// The sender's steps; `advance` as Exchange's.
template <typename Agent>
class Sending {
 public:
  /// `first_chunk`: how many the pipe has moved before; `done`: how many of this message since.
  SEPTET_BOTH Sending(const Pipe& pipe, const MessagePlan& plan, const std::byte* from,
                      std::uint32_t first_chunk, std::uint32_t done = 0)
      : pipe_(pipe), plan_(plan), from_(from), first_chunk_(first_chunk), chunk_(done) {}

  SEPTET_BOTH Step advance(Agent& agent) {
    if (chunk_ == plan_.chunks) return Step::finished;
    const std::uint32_t number = first_chunk_ + chunk_;
    const std::uint32_t slot = number % pipe_.slots;
    blocking_flag_ = pipe_.taken + slot;
    const Look look = agent.look(pipe_.taken + slot, 0, 1, {number + 1 - pipe_.slots, 0, false});
    if (!look.clear()) return Step::waiting;
    agent.copy(pipe_.data_of(number), from_ + chunk_ * pipe_.slot_bytes,
               plan_.bytes_of(chunk_, pipe_.slot_bytes));
    agent.store(pipe_.sent + slot, flag_of(plan_.signature, number + 1), plan_.description);
    ++chunk_;
    return Step::moved;
  }

  /// The flag that was looked at last.
  [[nodiscard]] SEPTET_BOTH const FlagLine* blocking_flag() const { return blocking_flag_; }
  [[nodiscard]] SEPTET_BOTH std::uint32_t done() const { return chunk_; }

 private:
  const Pipe& pipe_;
  const MessagePlan& plan_;
  const std::byte* from_;
  std::uint32_t first_chunk_;
  std::uint32_t chunk_;
  const FlagLine* blocking_flag_ = nullptr;
};

/// The receiver's.
template <typename Agent>
class Receiving {
 public:
  /// `first_chunk`: how many the pipe has moved before; `done`: how many of this message since.
  SEPTET_BOTH Receiving(const Pipe& pipe, const MessagePlan& plan, std::byte* to,
                        std::uint32_t first_chunk, std::uint32_t done = 0)
      : pipe_(pipe), plan_(plan), to_(to), first_chunk_(first_chunk), chunk_(done) {}

  SEPTET_BOTH Step advance(Agent& agent) {
    if (chunk_ == plan_.chunks) return Step::finished;
    const std::uint32_t number = first_chunk_ + chunk_;
    const std::uint32_t slot = number % pipe_.slots;
    blocking_flag_ = pipe_.sent + slot;
    const Look look = agent.look(pipe_.sent + slot, 0, 1, {number + 1, plan_.signature, true});
    if (look.mismatch) return Step::mismatch;
    if (!look.clear()) return Step::waiting;
    agent.copy(to_ + chunk_ * pipe_.slot_bytes, pipe_.data_of(number),
               plan_.bytes_of(chunk_, pipe_.slot_bytes));
    agent.store(pipe_.taken + slot, flag_of(plan_.signature, number + 1), plan_.description);
    ++chunk_;
    return Step::moved;
  }

  /// The flag that was looked at last.
  [[nodiscard]] SEPTET_BOTH const FlagLine* blocking_flag() const { return blocking_flag_; }
  [[nodiscard]] SEPTET_BOTH std::uint32_t done() const { return chunk_; }

 private:
  const Pipe& pipe_;
  const MessagePlan& plan_;
  std::byte* to_;
  std::uint32_t first_chunk_;
  std::uint32_t chunk_;
  const FlagLine* blocking_flag_ = nullptr;
};

}  // namespace septet
