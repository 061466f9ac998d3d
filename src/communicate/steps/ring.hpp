// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/both.hpp"
#include "communicate/steps/flag.hpp"

#include <cstddef>
#include <cstdint>

namespace septet {

/// The part of a segment through which collectives go, by addresses of whoever runs the steps.
///
/// Each rank has `slots` slots. Chunk number q of the communicator's life uses slot q % slots of
/// every rank. Of each slot and rank there are three flags:
///   published  my part of the chunk lies in my slot,
///   combined   my share of the reduced chunk lies where the others look for it,
///   finished   I need nothing of this chunk any more: its slots may be used again.
///
/// That place is one row of result slots for all, or, for buffers of the host, the slot of each
/// rank: sums go back into what they were made of. So every line goes from its owner to the
/// one that combines it and back, and none has several readers, of whom each must be told when it
/// is written again: between cores, that is what large reductions take their time for. On a link
/// each copy of a sum would cross it apart. Source: docs/performance.md, Collectives on the host.
///
/// Either all ranks read the same flags, or each has its own copies: devices that poll the same
/// line of host memory hold each other up.
struct Ring {
  FlagLine* published = nullptr;  ///< [slot][reader][rank], as the two others.
  FlagLine* combined = nullptr;
  FlagLine* finished = nullptr;
  std::byte* stage = nullptr;   ///< [rank][slot] of slot_bytes
  std::byte* result = nullptr;  ///< [slot] of slot_bytes; or null, see above.
  std::size_t slot_bytes = 0;
  std::uint32_t slots = 0;
  int ranks = 0;
  int rank = 0;
  int readers = 1;  ///< Copies of each flag: one, or one for each rank.

  [[nodiscard]] SEPTET_BOTH std::uint32_t slot_of(std::uint32_t chunk) const {
    return chunk % slots;
  }
  /// The flags of all ranks, for `reader`.
  [[nodiscard]] SEPTET_BOTH FlagLine* row(FlagLine* flags, std::uint32_t chunk, int reader) const {
    return flags + (static_cast<std::size_t>(slot_of(chunk)) * static_cast<std::size_t>(readers) +
                    static_cast<std::size_t>(reader)) *
                       static_cast<std::size_t>(ranks);
  }
  /// This rank's own flag, for the first `count` readers.
  [[nodiscard]] SEPTET_BOTH FlagCopies own(FlagLine* flags, std::uint32_t chunk, int count) const {
    return {row(flags, chunk, 0) + rank, ranks, count};
  }
  [[nodiscard]] SEPTET_BOTH std::byte* stage_of(int of, std::uint32_t chunk) const {
    return stage + (static_cast<std::size_t>(of) * slots + slot_of(chunk)) * slot_bytes;
  }
  /// Requires: there are result slots.
  [[nodiscard]] SEPTET_BOTH std::byte* result_of(std::uint32_t chunk) const {
    return result + slot_of(chunk) * slot_bytes;
  }
  [[nodiscard]] SEPTET_BOTH std::size_t rank_stride_bytes() const { return slots * slot_bytes; }
};

/// The way from one rank to another, for sends and receives. Chunk q of its life uses slot
/// q % slots.
struct Pipe {
  FlagLine* sent = nullptr;   ///< [slot], written by the sender
  FlagLine* taken = nullptr;  ///< [slot], written by the receiver
  std::byte* data = nullptr;  ///< [slot] of slot_bytes
  std::size_t slot_bytes = 0;
  std::uint32_t slots = 0;

  [[nodiscard]] SEPTET_BOTH std::byte* data_of(std::uint32_t chunk) const {
    return data + chunk % slots * slot_bytes;
  }
};

}  // namespace septet
