// SPDX-License-Identifier: Apache-2.0
#include "communicate/passage.hpp"

namespace septet {

Passage::Passage(const SegmentLayout& layout, std::byte* base, int own_rank, const Tuning& sizes)
    : ring(layout.ring(base, own_rank)),
      tuning(sizes),
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
      tuning{.slot_bytes = only_ring.slot_bytes},
      rank(only_ring.rank),
      ranks(only_ring.ranks) {}

}  // namespace septet
