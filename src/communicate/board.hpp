// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/steps/flag.hpp"

#include <cstdint>
#include <span>

namespace septet {

/// Why a communicator is broken.
enum class Trouble : std::uint32_t {
  none,
  aborted,     ///< The raiser called abort().
  died,        ///< The culprit's process ended.
  left,        ///< The culprit let go of the communicator while the raiser waited for it.
  mismatch,    ///< The culprit and the raiser called different things.
  time_limit,  ///< The raiser waited for the culprit for too long.
};

/// What one rank tells the others of itself, beside its data. Written by that rank alone, but for
/// `bell`. All words are accessed atomically.
struct alignas(128) RankCard {
  std::uint64_t entered = 0;        ///< Groups of operations begun,
  std::uint64_t finished = 0;       ///< and ended, if tells_ends.
  Description operation;            ///< The first of the group that was begun last.
  std::uint64_t entered_at_ns = 0;  ///< By card_time_ns,
  std::uint64_t beat_at_ns = 0;     ///< and when it last moved, or looked why it could not.
  std::uint64_t collective = 0;     ///< Its last collective: signature << 32 | number in its life,
  Description collective_text;      ///< and in words.
  std::uint32_t left = 0;           ///< 1: it has let go of the communicator.
  Trouble trouble = Trouble::none;  ///< What this rank raised, if it did, with
  std::int32_t culprit = -1;        ///< whom,
  Description mine;                 ///< in which operation,
  Description theirs;               ///< and what the culprit was at.

  /// 0: its kernels alone know what has ended. 1: `finished` tells, by devices some 50 ms later.
  std::uint32_t tells_ends = 0;
  std::uint32_t kernels_run = 0;  ///< What its device answered when it was asked last.

  /// Written by kernels, read by the thread that combines for them: flag_of(first chunk, ticket).
  std::uint64_t begun = 0;

  alignas(64) std::uint32_t bell = 0;  ///< Rung (changed, and woken) to wake this rank.
  std::uint32_t asleep = 0;            ///< 0, or whom it waits for: rank + 1, or any_rank.
};

/// `asleep` of a rank that waits for several others.
inline constexpr std::uint32_t any_rank = 0xffff;

/// The control words of a segment.
struct Board {
  std::uint32_t* broken = nullptr;  ///< 0, or 1 + the rank that raised the first trouble.
  std::span<RankCard> cards;        ///< By rank.
};

}  // namespace septet
