// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/both.hpp"
#include "communicate/steps/chunk_data.hpp"
#include "communicate/steps/plan.hpp"
#include "communicate/steps/ring.hpp"

#include <cstdint>

namespace septet {

/// One rank's steps of one collective through a Ring, without ever waiting: `advance` does one step
/// that can be done, or tells that none can.
///
/// An Agent is a host thread or a CUDA thread block. It looks at flags (acquire), stores them
/// (release, after all that it wrote), copies, scales and reduces. It says whether slots are near
/// it, so that a way there and back costs little; then it serves rings without result slots, too.
/// All threads of a block call advance together.
template <typename Agent>
class Exchange {
 public:
  /// `first_chunk`: how many chunks this communicator has moved before.
  SEPTET_BOTH Exchange(const Ring& ring, const ExchangePlan& plan, std::uint32_t first_chunk,
                       const Duty& duty)
      : ring_(ring),
        plan_(plan),
        data_(ring, plan, first_chunk),
        first_chunk_(first_chunk),
        stride_(duty.stride),
        first_step_(plan.combines || ring.ranks > 2 ? publishing : collecting),
        publish_{duty.publish && plan.publishes ? duty.first : plan.chunks, 0},
        combine_{duty.combine && plan.combines ? duty.first : plan.chunks, 0},
        collect_{duty.collect ? duty.first : plan.chunks, 0} {}

  SEPTET_BOTH Step advance(Agent& agent) {
    SEPTET_ROLLED
    for (int i = 0; i < 3; ++i) {
      if (try_step(agent, (first_step_ + i) % 3)) return Step::moved;
      if (mismatch_) return Step::mismatch;
    }
    const bool done = collect_.chunk >= plan_.chunks && combine_.chunk >= plan_.chunks &&
                      publish_.chunk >= plan_.chunks;
    return done ? Step::finished : Step::waiting;
  }

  /// The other ranks that hold up my steps after a try in vain: one of each step that is not
  /// done, else -1. All of them count: whom one step waits for may be at work, while another step
  /// waits for a dead one, whom nobody else waits for.
  struct Blockers {
    int ranks[3];
  };
  [[nodiscard]] SEPTET_BOTH Blockers blockers() const {
    return {{blocker_of(collect_), blocker_of(combine_), blocker_of(publish_)}};
  }

  /// The rank whose flag was not as expected in the last try, and that flag.
  [[nodiscard]] SEPTET_BOTH int blocker() const { return blocker_; }
  [[nodiscard]] SEPTET_BOTH const FlagLine* blocking_flag() const { return blocking_flag_; }

 private:
  /// The next chunk of a step, and the first rank whose flag has not been seen to have come.
  struct Cursor {
    std::uint32_t chunk;
    int rank;
  };

  SEPTET_BOTH int blocker_of(const Cursor& at) const {
    return at.chunk < plan_.chunks && at.rank != ring_.rank ? at.rank : -1;
  }

  /// In the order in which they are tried, from one of them on. Publishing comes first, so that
  /// nobody waits for what could be there; two ranks that only exchange are faster if each fetches
  /// what the other has just published. Source: docs/performance.md, Collectives on the host.
  enum StepOfChunk { publishing, collecting, combining };

  SEPTET_BOTH bool try_step(Agent& agent, int step) {
    if (step == publishing) return publish_.chunk < plan_.chunks && publish(agent);
    if (step == collecting) return collect_.chunk < plan_.chunks && collect(agent);
    return combine_.chunk < plan_.chunks && combine(agent);
  }

  SEPTET_BOTH std::uint32_t number(const Cursor& at) const { return first_chunk_ + at.chunk; }

  SEPTET_BOTH bool publish(Agent& agent) {
    const std::uint32_t chunk = number(publish_);
    if (!all_came(agent, ring_.finished, publish_, chunk + 1 - ring_.slots, false)) return false;
    data_.publish(agent, publish_.chunk);
    tell(agent, ring_.published, chunk);
    if (plan_.alone && publish_.chunk == 0 && !is_only_root(agent, chunk)) return false;
    next(publish_);
    return true;
  }

  /// Nobody answers the root of a broadcast, so a second root would go unseen. Each looks for the
  /// other after it published: at least one of them finds the other.
  SEPTET_BOTH bool is_only_root(Agent& agent, std::uint32_t chunk) {
    FlagLine* flags = row(ring_.published, chunk);
    return judge(agent.other_writer(flags, ring_.ranks, ring_.rank, chunk + 1), flags, publish_);
  }

  SEPTET_BOTH bool combine(Agent& agent) {
    const std::uint32_t chunk = number(combine_);
    if (!all_came(agent, ring_.published, combine_, chunk + 1, true)) return false;
    data_.combine(agent, combine_.chunk);
    tell(agent, ring_.combined, chunk);
    next(combine_);
    return true;
  }

  SEPTET_BOTH bool collect(Agent& agent) {
    if (!outcome_came(agent)) return false;
    data_.collect(agent, collect_.chunk, publish_.chunk);
    tell(agent, ring_.finished, number(collect_));
    next(collect_);
    return true;
  }

  SEPTET_BOTH void next(Cursor& cursor) {
    cursor.chunk += stride_;
    cursor.rank = 0;
  }

  /// Of what a host thread combines it tells all readers at once when there is much of it: a line
  /// for each would take it longer than they save.
  SEPTET_BOTH int readers_of(const FlagLine* flags) const {
    const bool is_told_at_once = flags == ring_.combined && plan_.chunks > most_chunks_told_apart;
    return is_told_at_once ? 1 : ring_.readers;
  }

  /// The flags of all ranks that this one reads.
  SEPTET_BOTH FlagLine* row(FlagLine* flags, std::uint32_t chunk) const {
    return ring_.row(flags, chunk, readers_of(flags) == 1 ? 0 : ring_.rank);
  }

  SEPTET_BOTH void tell(Agent& agent, FlagLine* flags, std::uint32_t chunk) {
    agent.store(ring_.own(flags, chunk, readers_of(flags)), flag_of(plan_.signature, chunk + 1),
                plan_.description);
  }

  SEPTET_BOTH bool all_came(Agent& agent, FlagLine* flags, Cursor& cursor, std::uint32_t sequence,
                            bool signed_by_all) {
    FlagLine* flags_of_chunk = row(flags, number(cursor));
    const Expectation expected{sequence, plan_.signature, signed_by_all};
    return judge(agent.look(flags_of_chunk, cursor.rank, ring_.ranks, expected), flags_of_chunk,
                 cursor);
  }

  SEPTET_BOTH bool one_came(Agent& agent, FlagLine* flags, Cursor& cursor, int rank) {
    FlagLine* flags_of_chunk = row(flags, number(cursor));
    const Expectation expected{number(cursor) + 1, plan_.signature, true};
    return judge(agent.look(flags_of_chunk, rank, rank + 1, expected), flags_of_chunk, cursor);
  }

  SEPTET_BOTH bool judge(const Look& look, FlagLine* row, Cursor& cursor) {
    if (look.clear()) return true;
    blocker_ = look.rank;
    blocking_flag_ = row + look.rank;
    cursor.rank = look.rank;
    mismatch_ = look.mismatch;
    return false;
  }

  /// My own earlier steps of the chunk are waited for as well: they may be another agent's.
  SEPTET_BOTH bool outcome_came(Agent& agent) {
    switch (plan_.collecting) {
      case Collecting::result:
        return all_came(agent, ring_.combined, collect_, number(collect_) + 1, true);
      case Collecting::reduced_part:
      case Collecting::every_slot:
        return all_came(agent, ring_.published, collect_, number(collect_) + 1, true);
      case Collecting::root_slot:
        return one_came(agent, ring_.published, collect_, plan_.operation.root);
      case Collecting::nothing:
        if (plan_.combines) return one_came(agent, ring_.combined, collect_, ring_.rank);
        return !plan_.publishes || one_came(agent, ring_.published, collect_, ring_.rank);
    }
    return false;
  }

  /// Source: docs/performance.md, Collectives on the device.
  static constexpr std::uint32_t most_chunks_told_apart = 64;

  const Ring& ring_;
  const ExchangePlan& plan_;
  ChunkData<Agent> data_;
  std::uint32_t first_chunk_;
  std::uint32_t stride_;
  int first_step_;
  Cursor publish_;
  Cursor combine_;
  Cursor collect_;
  int blocker_ = -1;
  const FlagLine* blocking_flag_ = nullptr;
  bool mismatch_ = false;
};

}  // namespace septet
