// SPDX-License-Identifier: Apache-2.0
#include "communicate/passage.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace septet {

Passage::Passage(const SegmentLayout& layout, std::byte* base, int own_rank,
                 std::vector<TuningBySize> by_size)
    : ring(layout.ring(base, own_rank)),
      tunings(std::move(by_size)),
      cards(layout.board(base).cards),
      rank(own_rank),
      ranks(layout.capacity().ranks) {
  for (int peer = 0; peer < ranks; ++peer) {
    const bool self = peer == rank;
    out.push_back({self ? Pipe{} : layout.pipe(base, rank, peer)});
    in.push_back({self ? Pipe{} : layout.pipe(base, peer, rank)});
  }
}

Passage::Passage(const Ring& only_ring)
    : ring(only_ring),
      tunings{{0, {.slot_bytes = only_ring.slot_bytes}}},
      rank(only_ring.rank),
      ranks(only_ring.ranks) {}

const Tuning& Passage::tuning_for(const Operation& operation) const {
  const std::uint64_t bytes = operation.count * size_of(operation.type);
  const auto after = std::ranges::upper_bound(tunings, bytes, {}, &TuningBySize::from_bytes);
  return std::prev(after)->tuning;
}

}  // namespace septet
