// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/both.hpp"
#include "communicate/steps/plan.hpp"
#include "communicate/steps/ring.hpp"

#include <cstddef>
#include <cstdint>

namespace septet {

/// Which steps an agent does, and of which chunks: several agents of one rank divide its work.
struct Duty {
  bool publish = true;
  bool combine = true;
  bool collect = true;
  std::uint32_t first = 0;   ///< The first of its chunks,
  std::uint32_t stride = 1;  ///< and how far it is to the next.
};

/// One rank's steps of one collective through a Ring, without ever waiting: `advance` does one step
/// that can be done, or tells that none can.
///
/// An Agent is a host thread or a CUDA thread block. It looks at flags (acquire), stores them
/// (release, after all that it wrote), copies, scales and reduces. All threads of a block call
/// advance together.
template <typename Agent>
class Exchange {
 public:
  /// `first_chunk`: how many chunks this communicator has moved before.
  SEPTET_BOTH Exchange(const Ring& ring, const ExchangePlan& plan, std::uint32_t first_chunk,
                       const Duty& duty)
      : ring_(ring),
        plan_(plan),
        first_chunk_(first_chunk),
        stride_(duty.stride),
        publish_{duty.publish && plan.publishes ? duty.first : plan.chunks, 0},
        combine_{duty.combine && plan.combines ? duty.first : plan.chunks, 0},
        collect_{duty.collect ? duty.first : plan.chunks, 0} {}

  SEPTET_BOTH Step advance(Agent& agent) {
    if (collect_.chunk < plan_.chunks && collect(agent)) return Step::moved;
    if (mismatch_) return Step::mismatch;
    if (combine_.chunk < plan_.chunks && combine(agent)) return Step::moved;
    if (mismatch_) return Step::mismatch;
    if (publish_.chunk < plan_.chunks && publish(agent)) return Step::moved;
    if (mismatch_) return Step::mismatch;
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

  SEPTET_BOTH std::uint32_t number(const Cursor& at) const { return first_chunk_ + at.chunk; }

  SEPTET_BOTH bool publish(Agent& agent) {
    const std::uint32_t chunk = number(publish_);
    if (!all_came(agent, ring_.finished, publish_, chunk + 1 - ring_.slots, false)) return false;
    fill(agent, publish_.chunk);
    tell(agent, ring_.published, chunk);
    if (plan_.alone && publish_.chunk == 0 && !is_only_root(agent, chunk)) return false;
    next(publish_);
    return true;
  }

  /// Nobody answers the root of a broadcast, so a second root would go unseen. Each looks for the
  /// other after it published: at least one of them finds the other.
  SEPTET_BOTH bool is_only_root(Agent& agent, std::uint32_t chunk) {
    FlagLine* row = ring_.row(ring_.published, chunk);
    return judge(agent.other_writer(row, ring_.ranks, ring_.rank, chunk + 1), row, publish_);
  }

  SEPTET_BOTH bool combine(Agent& agent) {
    const std::uint32_t chunk = number(combine_);
    if (!all_came(agent, ring_.published, combine_, chunk + 1, true)) return false;
    combine_share(agent, combine_.chunk);
    tell(agent, ring_.combined, chunk);
    next(combine_);
    return true;
  }

  SEPTET_BOTH bool collect(Agent& agent) {
    if (!outcome_came(agent)) return false;
    take(agent, collect_.chunk);
    tell(agent, ring_.finished, number(collect_));
    next(collect_);
    return true;
  }

  SEPTET_BOTH void next(Cursor& cursor) {
    cursor.chunk += stride_;
    cursor.rank = 0;
  }

  SEPTET_BOTH void tell(Agent& agent, FlagLine* flags, std::uint32_t chunk) {
    agent.store(ring_.row(flags, chunk) + ring_.rank, flag_of(plan_.signature, chunk + 1),
                plan_.description);
  }

  SEPTET_BOTH bool all_came(Agent& agent, FlagLine* flags, Cursor& cursor, std::uint32_t sequence,
                            bool signed_by_all) {
    FlagLine* row = ring_.row(flags, number(cursor));
    const Expectation expected{sequence, plan_.signature, signed_by_all};
    return judge(agent.look(row, cursor.rank, ring_.ranks, expected), row, cursor);
  }

  SEPTET_BOTH bool one_came(Agent& agent, FlagLine* flags, Cursor& cursor, int rank) {
    FlagLine* row = ring_.row(flags, number(cursor));
    const Expectation expected{number(cursor) + 1, plan_.signature, true};
    return judge(agent.look(row, rank, rank + 1, expected), row, cursor);
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

  SEPTET_BOTH void fill(Agent& agent, std::uint32_t chunk) {
    const std::size_t bytes = plan_.elements_of(chunk) * plan_.element_bytes;
    const std::size_t part = plan_.operation.count * plan_.element_bytes;
    const auto* from = static_cast<const std::byte*>(plan_.operation.send) +
                       plan_.first_of(chunk) * plan_.element_bytes;
    std::byte* to = ring_.stage_of(ring_.rank, first_chunk_ + chunk);
    for (std::size_t i = 0; i < plan_.parts; ++i) {
      put(agent, to + i * plan_.part_bytes, from + i * part, bytes);
    }
  }

  SEPTET_BOTH void put(Agent& agent, std::byte* to, const std::byte* from, std::size_t bytes) {
    if (plan_.operation.scale == nullptr) return agent.copy(to, from, bytes);
    agent.scale(to, from, bytes / plan_.element_bytes, plan_.operation.type, plan_.operation.scale);
  }

  /// The chunk is cut into a share for each rank, whole lines of 128 bytes but for the last.
  SEPTET_BOTH void combine_share(Agent& agent, std::uint32_t chunk) {
    const std::size_t bytes = plan_.elements_of(chunk) * plan_.element_bytes;
    const auto ranks = static_cast<std::size_t>(ring_.ranks);
    const std::size_t share = (bytes + ranks * 128 - 1) / (ranks * 128) * 128;
    const std::size_t begin = share * static_cast<std::size_t>(ring_.rank);
    if (begin >= bytes) return;
    const std::size_t length = bytes - begin < share ? bytes - begin : share;
    reduce(agent, ring_.result_of(first_chunk_ + chunk) + begin, chunk, begin,
           length / plan_.element_bytes);
  }

  SEPTET_BOTH void reduce(Agent& agent, std::byte* to, std::uint32_t chunk, std::size_t offset,
                          std::size_t elements) {
    agent.reduce(to, ring_.stage_of(0, first_chunk_ + chunk) + offset, ring_.rank_stride_bytes(),
                 ring_.ranks, elements, plan_.operation.type, plan_.operation.reduction);
  }

  SEPTET_BOTH void take(Agent& agent, std::uint32_t chunk) {
    const std::size_t elements = plan_.elements_of(chunk);
    const std::size_t bytes = elements * plan_.element_bytes;
    auto* to =
        static_cast<std::byte*>(plan_.operation.recv) + plan_.first_of(chunk) * plan_.element_bytes;
    switch (plan_.collecting) {
      case Collecting::nothing:
        return;
      case Collecting::result:
        return agent.copy(to, ring_.result_of(first_chunk_ + chunk), bytes);
      case Collecting::reduced_part:
        return reduce(agent, to, chunk, own_part(), elements);
      case Collecting::every_slot:
        return take_every_slot(agent, to, chunk, bytes);
      case Collecting::root_slot:
        return agent.copy(to, ring_.stage_of(plan_.operation.root, first_chunk_ + chunk), bytes);
    }
  }

  SEPTET_BOTH std::size_t own_part() const {
    return plan_.parts == 1 ? 0 : plan_.part_bytes * static_cast<std::size_t>(ring_.rank);
  }

  SEPTET_BOTH void take_every_slot(Agent& agent, std::byte* to, std::uint32_t chunk,
                                   std::size_t bytes) {
    const std::size_t part = plan_.operation.count * plan_.element_bytes;
    for (int i = 0; i < ring_.ranks; ++i) {
      agent.copy(to + static_cast<std::size_t>(i) * part, ring_.stage_of(i, first_chunk_ + chunk),
                 bytes);
    }
  }

  const Ring& ring_;
  const ExchangePlan& plan_;
  std::uint32_t first_chunk_;
  std::uint32_t stride_;
  Cursor publish_;
  Cursor combine_;
  Cursor collect_;
  int blocker_ = -1;
  const FlagLine* blocking_flag_ = nullptr;
  bool mismatch_ = false;
};

}  // namespace septet
