// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/both.hpp"
#include "communicate/steps/pieces.hpp"
#include "communicate/steps/plan.hpp"
#include "communicate/steps/ring.hpp"

#include <cstddef>
#include <cstdint>

namespace septet {

/// What each step of a collective does with the data of one chunk, numbered from the collective's
/// first. Whether it may be done yet is the business of Exchange.
template <typename Agent>
class ChunkData {
 public:
  SEPTET_BOTH ChunkData(const Ring& ring, const ExchangePlan& plan, std::uint32_t first_chunk)
      : ring_(ring), plan_(plan), first_chunk_(first_chunk) {}

  SEPTET_BOTH void publish(Agent& agent, std::uint32_t chunk) {
    const std::size_t bytes = bytes_of(chunk);
    std::byte* to = ring_.stage_of(ring_.rank, first_chunk_ + chunk);
    if (plan_.parts > 1) return publish_parts(agent, to, chunk, bytes);
    const Extent kept = own_share(bytes);
    const bool whole = !plan_.own_stays_home || !plan_.combines;
    if (whole) return put(agent, to, mine(0, chunk), bytes);
    put(agent, to, mine(0, chunk), kept.begin);
    put(agent, to + kept.end, mine(0, chunk) + kept.end, bytes - kept.end);
  }

  SEPTET_BOTH void combine(Agent& agent, std::uint32_t chunk) {
    const Extent share = own_share(bytes_of(chunk));
    if (share.begin == share.end) return;
    const std::size_t bytes = share.end - share.begin;
    const std::byte* own = plan_.own_stays_home ? mine(0, chunk) + share.begin : nullptr;
    std::byte* also = has_own_sums() && plan_.collecting == Collecting::result
                          ? outcome(chunk) + share.begin
                          : nullptr;
    if constexpr (Agent::is_near_slots) {
      if (sends_back()) return send_back(agent, chunk, share, own, also);
    }
    std::byte* sums = ring_.result_of(first_chunk_ + chunk) + share.begin;
    reduce(agent, sums, also, chunk, share.begin, own, bytes);
  }

  /// `coming`: the chunk that this agent publishes next, or any beyond the last one.
  SEPTET_BOTH void collect(Agent& agent, std::uint32_t chunk, std::uint32_t coming) {
    const std::size_t bytes = bytes_of(chunk);
    switch (plan_.collecting) {
      case Collecting::nothing:
        return;
      case Collecting::result:
        return collect_result(agent, chunk, bytes, coming);
      case Collecting::reduced_part:
        return collect_reduced(agent, chunk, bytes);
      case Collecting::every_slot:
        return collect_every_slot(agent, chunk, bytes);
      case Collecting::root_slot:
        return collect_from(agent, plan_.operation.root, outcome(chunk), chunk, bytes);
    }
  }

 private:
  /// Whether outcomes would displace the slots from the cache that they are in.
  SEPTET_BOTH bool is_large() const { return plan_.chunks > ring_.slots; }

  /// Puts an outcome into the caller's buffer; `ahead` is what this agent will read next.
  SEPTET_BOTH void deliver(Agent& agent, std::byte* to, const std::byte* from, std::size_t bytes,
                           [[maybe_unused]] const std::byte* ahead) {
    if constexpr (Agent::is_near_slots) {
      if (is_large()) return agent.copy_past_cache(to, from, bytes, ahead);
    }
    agent.copy(to, from, bytes);
  }

  /// From `begin` to before `end`, in bytes of a chunk.
  struct Extent {
    std::size_t begin;
    std::size_t end;
  };

  /// Whether sums go into slots of their own ranks: see Ring.
  SEPTET_BOTH bool sends_back() const {
    if constexpr (Agent::is_near_slots) return ring_.result == nullptr;
    return false;
  }

  /// Whether my share of the sums goes to my buffer as I combine it.
  SEPTET_BOTH bool has_own_sums() const { return plan_.own_stays_home || sends_back(); }

  /// Puts my share of the sums into the slots of those that need it: of a reduce, of the root, even
  /// if that is this rank.
  SEPTET_BOTH void send_back(Agent& agent, std::uint32_t chunk, const Extent& share,
                             const std::byte* own, std::byte* also) {
    const bool to_root = plan_.operation.kind == OperationKind::reduce;
    const int first = to_root ? plan_.operation.root : 0;
    const Places to{ring_.stage_of(first, first_chunk_ + chunk) + share.begin,
                    ring_.rank_stride_bytes(),
                    to_root ? 1 : ring_.ranks,
                    to_root ? -1 : ring_.rank,
                    also,
                    is_large()};
    agent.reduce(to, pieces(chunk, share.begin, own),
                 (share.end - share.begin) / plan_.element_bytes, plan_.operation.type,
                 plan_.operation.reduction);
  }

  SEPTET_BOTH std::size_t bytes_of(std::uint32_t chunk) const {
    return plan_.elements_of(chunk) * plan_.element_bytes;
  }

  /// A chunk is cut into a share for each rank, whole lines of 128 bytes but for the last.
  SEPTET_BOTH Extent own_share(std::size_t bytes) const {
    const auto ranks = static_cast<std::size_t>(ring_.ranks);
    const std::size_t share = (bytes + ranks * 128 - 1) / (ranks * 128) * 128;
    const std::size_t begin = share * static_cast<std::size_t>(ring_.rank);
    if (begin >= bytes) return {bytes, bytes};
    return {begin, bytes - begin < share ? bytes : begin + share};
  }

  /// Part `part` of the chunk in my buffer of what I send; and where its outcome goes.
  SEPTET_BOTH const std::byte* mine(std::size_t part, std::uint32_t chunk) const {
    return static_cast<const std::byte*>(plan_.operation.send) +
           (part * plan_.operation.count + plan_.first_of(chunk)) * plan_.element_bytes;
  }
  SEPTET_BOTH std::byte* outcome(std::uint32_t chunk) const {
    return static_cast<std::byte*>(plan_.operation.recv) +
           plan_.first_of(chunk) * plan_.element_bytes;
  }

  SEPTET_BOTH void publish_parts(Agent& agent, std::byte* to, std::uint32_t chunk,
                                 std::size_t bytes) {
    for (std::size_t i = 0; i < plan_.parts; ++i) {
      if (plan_.own_stays_home && i == static_cast<std::size_t>(ring_.rank)) continue;
      put(agent, to + i * plan_.part_bytes, mine(i, chunk), bytes);
    }
  }

  SEPTET_BOTH void put(Agent& agent, std::byte* to, const std::byte* from, std::size_t bytes) {
    const void* factor = factor_at(plan_.operation);
    if (factor == nullptr) return agent.copy(to, from, bytes);
    agent.scale(to, from, bytes / plan_.element_bytes, plan_.operation.type, factor);
  }

  SEPTET_BOTH void reduce(Agent& agent, std::byte* to, std::byte* also, std::uint32_t chunk,
                          std::size_t offset, const std::byte* own, std::size_t bytes) {
    agent.reduce(to, also, pieces(chunk, offset, own), bytes / plan_.element_bytes,
                 plan_.operation.type, plan_.operation.reduction);
  }

  /// Of a chunk, from `offset` on; mine from `own`, unless null.
  SEPTET_BOTH Pieces pieces(std::uint32_t chunk, std::size_t offset, const std::byte* own) const {
    return {ring_.stage_of(0, first_chunk_ + chunk) + offset, ring_.rank_stride_bytes(),
            ring_.ranks, own, ring_.rank};
  }

  /// Memory has little to do meanwhile, so what is published next comes into the cache beside it.
  SEPTET_BOTH void collect_result(Agent& agent, std::uint32_t chunk, std::size_t bytes,
                                  std::uint32_t coming) {
    const std::byte* from = sends_back() ? ring_.stage_of(ring_.rank, first_chunk_ + chunk)
                                         : ring_.result_of(first_chunk_ + chunk);
    const std::byte* ahead = coming < plan_.chunks ? mine(0, coming) : from;
    if (!has_own_sums()) return deliver(agent, outcome(chunk), from, bytes, ahead);
    const Extent have = own_share(bytes);
    // From there on, and then from the start: all at one share would hold each other up.
    deliver(agent, outcome(chunk) + have.end, from + have.end, bytes - have.end, ahead + have.end);
    deliver(agent, outcome(chunk), from, have.begin, ahead);
  }

  SEPTET_BOTH void collect_reduced(Agent& agent, std::uint32_t chunk, std::size_t bytes) {
    const std::size_t part = plan_.parts == 1 ? 0 : static_cast<std::size_t>(ring_.rank);
    const std::byte* own = plan_.own_stays_home ? mine(part, chunk) : nullptr;
    reduce(agent, outcome(chunk), nullptr, chunk, part * plan_.part_bytes, own, bytes);
  }

  SEPTET_BOTH void collect_every_slot(Agent& agent, std::uint32_t chunk, std::size_t bytes) {
    const std::size_t part = plan_.operation.count * plan_.element_bytes;
    for (int i = 0; i < ring_.ranks; ++i) {
      collect_from(agent, i, outcome(chunk) + static_cast<std::size_t>(i) * part, chunk, bytes);
    }
  }

  SEPTET_BOTH void collect_from(Agent& agent, int rank, std::byte* to, std::uint32_t chunk,
                                std::size_t bytes) {
    const bool home = plan_.own_stays_home && rank == ring_.rank;
    const std::byte* from = home ? mine(0, chunk) : ring_.stage_of(rank, first_chunk_ + chunk);
    if (to != from) deliver(agent, to, from, bytes, from);
  }

  const Ring& ring_;
  const ExchangePlan& plan_;
  std::uint32_t first_chunk_;
};

}  // namespace septet
