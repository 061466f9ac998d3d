// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/both.hpp"
#include "communicate/steps/flag.hpp"
#include <septet/operation.hpp>

#include <cstddef>
#include <cstdint>

namespace septet {

/// Where a rank takes the outcome of a chunk from.
enum class Collecting : std::uint8_t {
  nothing,       ///< Others have the outcome.
  result,        ///< What all ranks combined, wherever it is put: see Ring.
  reduced_part,  ///< Its own part of everybody's slot, reduced on the way.
  every_slot,    ///< Everybody's slot, side by side.
  root_slot,     ///< The root's slot.
};

/// Of one part of its buffers.
[[nodiscard]] inline std::size_t bytes_of(const Operation& operation) {
  return operation.count * size_of(operation.type);
}

/// Where the factor of `operation` lies, or nullptr: for one by value, in `operation` itself.
[[nodiscard]] SEPTET_BOTH inline const void* factor_at(const Operation& operation) {
  return operation.factor.given ? operation.factor.bytes : operation.scale;
}

/// How one rank's part of a collective is cut into chunks and steps. All ranks compute the same
/// chunks from the same arguments, so chunk numbers stay in step without a message.
///
/// Of each chunk, in this order: publish (my part into my slot), combine (my share of the reduced
/// chunk to where others look for it), collect (the outcome into my buffer).
struct ExchangePlan {
  Operation operation;
  Description description;
  std::uint32_t signature = 0;
  std::size_t element_bytes = 1;
  std::size_t chunk_elements = 0;  ///< Of one part.
  std::size_t part_bytes = 0;      ///< From part to part in a slot, when there are several.
  std::uint32_t chunks = 0;        ///< At least one: even an empty chunk is waited for.
  std::uint8_t parts = 1;          ///< A slot holds one part, or one for each rank.
  bool publishes = false;
  bool alone = false;  ///< This rank alone publishes.
  bool combines = false;
  Collecting collecting = Collecting::nothing;

  /// What this rank needs of its own data it takes from its buffer, not from its slot; and the
  /// share that it combines it puts into its buffer at once: ways to the slots and back that are
  /// saved. Requires buffers aligned to 16 bytes on devices, an aligned one to send from on the
  /// host, no factor, and that all steps are done by the same kind of agent.
  bool own_stays_home = false;

  [[nodiscard]] SEPTET_BOTH std::size_t first_of(std::uint32_t chunk) const {
    return chunk * chunk_elements;
  }
  [[nodiscard]] SEPTET_BOTH std::size_t elements_of(std::uint32_t chunk) const {
    const std::size_t left = operation.count - first_of(chunk);
    return left < chunk_elements ? left : chunk_elements;
  }
};

/// Which steps an agent does, and of which chunks: several agents of one rank divide its work.
struct Duty {
  bool publish = true;
  bool combine = true;
  bool collect = true;
  std::uint32_t first = 0;   ///< The first of its chunks,
  std::uint32_t stride = 1;  ///< and how far it is to the next.
};

/// Sizes of chunks and where one way of doing it becomes faster than another. The same on all
/// ranks: part of the terms of the meeting.
struct Tuning {
  std::size_t slot_bytes = 0;  ///< Of a slot: the largest chunk.
  /// Operations are cut into eight chunks, or more, unless these would become smaller than this.
  std::size_t least_chunk_bytes = SIZE_MAX;
  /// Largest all-reduce, in bytes, of which each rank sums everything itself, in one hop.
  std::size_t one_hop_bytes = 0;
};

/// The plan of `rank` among `ranks`. Requires: a valid operation other than send and recv.
[[nodiscard]] ExchangePlan plan_exchange(const Operation& operation, int rank, int ranks,
                                         const Tuning& tuning);

/// What `operation` says to other ranks of itself.
[[nodiscard]] Description describe(const Operation& operation);

/// A digest of `description`, never zero.
[[nodiscard]] std::uint32_t signature(const Description& description);

}  // namespace septet
