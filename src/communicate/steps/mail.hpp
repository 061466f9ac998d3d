// SPDX-License-Identifier: Apache-2.0
// Where packets lie, and which collectives go by them.
#pragma once

#include "communicate/both.hpp"
#include "communicate/steps/plan.hpp"
#include "communicate/steps/word.hpp"

#include <cstddef>
#include <cstdint>

namespace septet {

/// As it lies in the segment; each half is written and read at once.
struct alignas(16) Packet {
  std::uint64_t halves[2] = {0, 0};  ///< data << 32 | round
};

/// Each rank's share of `words` words; the last ranks may have less, or nothing.
[[nodiscard]] SEPTET_BOTH constexpr std::size_t share_of(std::size_t words, int ranks) {
  return (words + static_cast<std::size_t>(ranks) - 1) / static_cast<std::size_t>(ranks);
}

/// What goes by packets. The same on all ranks.
struct PacketLimits {
  std::uint32_t capacity = 0;         ///< Packets of one rank in one round: the head and the words.
  std::uint32_t one_phase_words = 0;  ///< All-reduces of more words go in two phases,
  std::uint32_t most_words = 0;       ///< and other collectives of more words not by packets.
};

/// One packet of each rank.
struct PacketRow {
  Packet* first = nullptr;
  std::size_t stride = 0;  ///< From rank to rank.

  [[nodiscard]] SEPTET_BOTH Packet* of(int rank) const {
    return first + static_cast<std::size_t>(rank) * stride;
  }
};

/// The packets of a communicator, by addresses of whoever runs the steps.
struct Mail {
  Packet* packets = nullptr;  ///< [2][rank][limits.capacity]
  Packet* results = nullptr;  ///< [2][rank][share_of(limits.capacity)], of two phases.
  PacketLimits limits;
  int ranks = 0;
  int rank = 0;

  /// Packet number `index` of each rank in `round`.
  [[nodiscard]] SEPTET_BOTH PacketRow row(std::uint32_t round, std::size_t index) const {
    return row_of(packets, limits.capacity, round, index);
  }
  [[nodiscard]] SEPTET_BOTH PacketRow result_row(std::uint32_t round, std::size_t index) const {
    return row_of(results, share_of(limits.capacity, ranks), round, index);
  }

 private:
  [[nodiscard]] SEPTET_BOTH PacketRow row_of(Packet* all, std::size_t of_rank, std::uint32_t round,
                                             std::size_t index) const {
    return {all + (round & 1) * static_cast<std::size_t>(ranks) * of_rank + index, of_rank};
  }
};

/// Words of one part of a rank's data.
[[nodiscard]] SEPTET_BOTH constexpr std::size_t words_of(const ExchangePlan& plan) {
  return (plan.operation.count * plan.element_bytes + word_bytes - 1) / word_bytes;
}

/// How a collective goes by packets, if it does.
enum class PacketWay : std::uint8_t { none, one_phase, two_phases };

/// From nothing but what is the same on all ranks, so that all go the same way.
[[nodiscard]] SEPTET_BOTH constexpr PacketWay packet_way(const ExchangePlan& plan,
                                                         const PacketLimits& limits) {
  // The count first, lest the products be too large for their type.
  if (plan.operation.count > word_bytes * std::size_t{limits.capacity}) return PacketWay::none;
  const std::size_t words = words_of(plan) * plan.parts;
  if (words >= limits.capacity) return PacketWay::none;
  if (plan.operation.kind == OperationKind::all_reduce) {
    return words <= limits.one_phase_words ? PacketWay::one_phase : PacketWay::two_phases;
  }
  return words <= limits.most_words ? PacketWay::one_phase : PacketWay::none;
}

}  // namespace septet
