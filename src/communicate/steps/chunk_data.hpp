// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/both.hpp"
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
    const std::size_t bytes = plan_.elements_of(chunk) * plan_.element_bytes;
    const std::size_t part = plan_.operation.count * plan_.element_bytes;
    const auto* from = static_cast<const std::byte*>(plan_.operation.send) +
                       plan_.first_of(chunk) * plan_.element_bytes;
    std::byte* to = ring_.stage_of(ring_.rank, first_chunk_ + chunk);
    for (std::size_t i = 0; i < plan_.parts; ++i) {
      put(agent, to + i * plan_.part_bytes, from + i * part, bytes);
    }
  }

  /// The chunk is cut into a share for each rank, whole lines of 128 bytes but for the last.
  SEPTET_BOTH void combine(Agent& agent, std::uint32_t chunk) {
    const std::size_t bytes = plan_.elements_of(chunk) * plan_.element_bytes;
    const auto ranks = static_cast<std::size_t>(ring_.ranks);
    const std::size_t share = (bytes + ranks * 128 - 1) / (ranks * 128) * 128;
    const std::size_t begin = share * static_cast<std::size_t>(ring_.rank);
    if (begin >= bytes) return;
    const std::size_t length = bytes - begin < share ? bytes - begin : share;
    reduce(agent, ring_.result_of(first_chunk_ + chunk) + begin, chunk, begin,
           length / plan_.element_bytes);
  }

  SEPTET_BOTH void collect(Agent& agent, std::uint32_t chunk) {
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
        return collect_every_slot(agent, to, chunk, bytes);
      case Collecting::root_slot:
        return agent.copy(to, ring_.stage_of(plan_.operation.root, first_chunk_ + chunk), bytes);
    }
  }

 private:
  SEPTET_BOTH void put(Agent& agent, std::byte* to, const std::byte* from, std::size_t bytes) {
    if (plan_.operation.scale == nullptr) return agent.copy(to, from, bytes);
    agent.scale(to, from, bytes / plan_.element_bytes, plan_.operation.type, plan_.operation.scale);
  }

  SEPTET_BOTH void reduce(Agent& agent, std::byte* to, std::uint32_t chunk, std::size_t offset,
                          std::size_t elements) {
    agent.reduce(to, ring_.stage_of(0, first_chunk_ + chunk) + offset, ring_.rank_stride_bytes(),
                 ring_.ranks, elements, plan_.operation.type, plan_.operation.reduction);
  }

  SEPTET_BOTH std::size_t own_part() const {
    return plan_.parts == 1 ? 0 : plan_.part_bytes * static_cast<std::size_t>(ring_.rank);
  }

  SEPTET_BOTH void collect_every_slot(Agent& agent, std::byte* to, std::uint32_t chunk,
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
};

}  // namespace septet
