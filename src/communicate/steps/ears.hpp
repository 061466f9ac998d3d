// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/both.hpp"
#include "communicate/steps/mail.hpp"
#include "communicate/steps/word.hpp"

#include <cstdint>

namespace septet {

/// Takes packets of one round in, from all ranks but its own.
///
/// Of an Agent it asks `receive(row, ranks, besides, round, words)`: words[r] of the packets of the
/// first `ranks` ranks of a row, of at most ranks_at_once, but of rank `besides`; false when one of
/// them has not come.
template <typename Agent>
class Ears {
 public:
  SEPTET_BOTH Ears(int own_rank, std::uint32_t round) : own_rank_(own_rank), round_(round) {}

  /// The packets of the first `ranks` ranks. What is at words[own rank] may be overwritten.
  SEPTET_BOTH bool hear(Agent& agent, const PacketRow& row, int ranks, std::uint64_t* words) {
    for (int first = 0; first < ranks; first += ranks_at_once) {
      const int count = ranks - first < ranks_at_once ? ranks - first : ranks_at_once;
      const PacketRow some{row.of(first), row.stride};
      if (agent.receive(some, count, own_rank_ - first, round_ + 1, words + first)) continue;
      find_blocker(agent, row, first, first + count);
      return false;
    }
    return true;
  }

  SEPTET_BOTH bool hear_one(Agent& agent, const PacketRow& row, int rank, std::uint64_t& word) {
    if (agent.receive({row.of(rank), 0}, 1, -1, round_ + 1, &word)) return true;
    blocker_ = rank;
    return false;
  }

  /// Of the last packets that had not come, the first one's rank.
  [[nodiscard]] SEPTET_BOTH int blocker() const { return blocker_; }

 private:
  SEPTET_BOTH void find_blocker(Agent& agent, const PacketRow& row, int first, int end) {
    std::uint64_t word = 0;
    for (int rank = first; rank < end; ++rank) {
      if (rank != own_rank_ && !hear_one(agent, row, rank, word)) return;
    }
  }

  int own_rank_;
  std::uint32_t round_;
  int blocker_ = -1;
};

}  // namespace septet
