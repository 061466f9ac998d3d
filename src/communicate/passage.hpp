// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/layout.hpp"
#include "communicate/steps/plan.hpp"
#include "communicate/steps/ring.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace septet {

/// The Tuning of collectives of `from_bytes` bytes or more, up to the next one's.
struct TuningBySize {
  std::uint64_t from_bytes = 0;
  Tuning tuning;
};

/// The ways by which one rank of a communicator sends and receives, and how far it has come on
/// each. The ways lie in the segment; how far is this rank's own.
struct Passage {
  Passage(const SegmentLayout& layout, std::byte* base, int own_rank,
          std::vector<TuningBySize> by_size);

  /// Only a ring: no messages, and nothing is told on cards.
  explicit Passage(const Ring& only_ring);

  struct Way {
    Pipe pipe;
    std::uint32_t chunks = 0;  ///< Moved so far.
  };

  [[nodiscard]] const Tuning& tuning_for(const Operation& operation) const;

  Ring ring;
  std::vector<TuningBySize> tunings;  ///< By size, the first from 0 on.
  std::uint32_t ring_chunks = 0;      ///< Moved so far.
  std::uint32_t collectives = 0;      ///< Begun so far,
  std::span<RankCard> cards;          ///< as each rank tells on its card; none: it is not told.
  std::vector<Way> out;               ///< To each rank; that to oneself is never used.
  std::vector<Way> in;                ///< From each rank.
  int rank = 0;
  int ranks = 1;
};

}  // namespace septet
