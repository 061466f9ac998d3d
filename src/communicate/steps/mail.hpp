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
  std::uint32_t capacity = 0;          ///< Packets from one rank to another in one round,
  std::uint32_t result_capacity = 0;   ///< and those of results.
  std::uint32_t one_phase_words = 0;   ///< All-reduces of more words go in two phases,
  std::uint32_t two_phases_words = 0;  ///< those of still more not by packets;
  std::uint32_t most_words = 0;        ///< nor do other collectives of more words than this.
};

/// The first items of a round are those of the heads. A warp of threads that wait in different
/// places waits in one after the other, so words begin where another warp does.
inline constexpr std::size_t head_items = 32;

/// One packet from each rank, or to each.
struct PacketRow {
  Packet* first = nullptr;
  std::size_t stride = 0;  ///< From rank to rank.

  [[nodiscard]] SEPTET_BOTH Packet* of(int rank) const {
    return first + static_cast<std::size_t>(rank) * stride;
  }
};

/// The packets of a communicator, by addresses of whoever runs the steps. Those that one rank reads
/// no other does: where several wait for the same line of memory, each write to it takes longer,
/// and so does each look at it.
struct Mail {
  Packet* packets = nullptr;  ///< [2][receiver][sender][limits.capacity]
  Packet* results = nullptr;  ///< The same of limits.result_capacity.
  PacketLimits limits;
  int ranks = 0;
  int rank = 0;

  /// Packet number `index` of `round`, from each rank to this one.
  [[nodiscard]] SEPTET_BOTH PacketRow row(std::uint32_t round, std::size_t index) const {
    return to_me(packets, limits.capacity, round, index);
  }
  /// The same, from this rank to each.
  [[nodiscard]] SEPTET_BOTH PacketRow sent_row(std::uint32_t round, std::size_t index) const {
    return from_me(packets, limits.capacity, round, index);
  }
  /// Result number `index` of `round`, from each rank to this one.
  [[nodiscard]] SEPTET_BOTH PacketRow result_row(std::uint32_t round, std::size_t index) const {
    return to_me(results, limits.result_capacity, round, index);
  }
  /// The same, from this rank to each.
  [[nodiscard]] SEPTET_BOTH PacketRow sent_result_row(std::uint32_t round,
                                                      std::size_t index) const {
    return from_me(results, limits.result_capacity, round, index);
  }

 private:
  [[nodiscard]] SEPTET_BOTH PacketRow to_me(Packet* all, std::size_t of_pair, std::uint32_t round,
                                            std::size_t index) const {
    return {
        all +
            (first_of(round) + static_cast<std::size_t>(rank) * static_cast<std::size_t>(ranks)) *
                of_pair +
            index,
        of_pair};
  }
  [[nodiscard]] SEPTET_BOTH PacketRow from_me(Packet* all, std::size_t of_pair, std::uint32_t round,
                                              std::size_t index) const {
    return {all + (first_of(round) + static_cast<std::size_t>(rank)) * of_pair + index,
            static_cast<std::size_t>(ranks) * of_pair};
  }
  /// The first pair of the set of `round`.
  [[nodiscard]] SEPTET_BOTH std::size_t first_of(std::uint32_t round) const {
    return (round & 1) * static_cast<std::size_t>(ranks) * static_cast<std::size_t>(ranks);
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
  if (limits.capacity == 0) return PacketWay::none;
  // The count first, lest the product be too large for its type.
  const std::size_t most = limits.one_phase_words + limits.two_phases_words + limits.most_words;
  if (plan.operation.count > word_bytes * most) return PacketWay::none;
  const std::size_t words = words_of(plan) * plan.parts;
  if (plan.operation.kind != OperationKind::all_reduce) {
    return words <= limits.most_words ? PacketWay::one_phase : PacketWay::none;
  }
  if (words <= limits.one_phase_words) return PacketWay::one_phase;
  return words <= limits.two_phases_words ? PacketWay::two_phases : PacketWay::none;
}

}  // namespace septet
