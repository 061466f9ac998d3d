// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/both.hpp"
#include "communicate/steps/buffer_words.hpp"
#include "communicate/steps/mail.hpp"
#include "communicate/steps/plan.hpp"

#include <cstddef>
#include <cstdint>

namespace septet {

/// Sends packets of one round to other ranks: to each who needs them its own.
///
/// Of an Agent it asks: `each(count, act)` calls act(i) for all i below count; and
/// `send(packet, word, round)`.
template <typename Agent>
class Mouth {
 public:
  SEPTET_BOTH Mouth(const Mail& mail, const ExchangePlan& plan, std::uint32_t round)
      : mail_(mail),
        plan_(plan),
        buffers_(plan),
        round_(round),
        two_phases_(packet_way(plan, mail.limits) == PacketWay::two_phases) {}

  /// The head, and what others need of this rank's data.
  SEPTET_BOTH void publish(Agent& agent) const {
    const std::size_t words = plan_.publishes ? buffers_.of_part() * plan_.parts : 0;
    agent.each(head_items + words, [&](std::size_t i) {
      if (i == 0) tell_all(agent, mail_.sent_row(round_, 0), plan_.signature);
      if (i >= head_items) publish_word(agent, i - head_items);
    });
  }

  /// A packet of a row to every other rank.
  SEPTET_BOTH void tell_all(Agent& agent, const PacketRow& row, std::uint64_t word) const {
    for (int rank = 0; rank < mail_.ranks; ++rank) {
      if (rank != mail_.rank) agent.send(row.of(rank), word, round_ + 1);
    }
  }

 private:
  SEPTET_BOTH void publish_word(Agent& agent, std::size_t index) const {
    if (two_phases_)
      return publish_divided(agent, index, share_of(buffers_.of_part(), mail_.ranks));
    if (plan_.parts > 1) return publish_divided(agent, index, buffers_.of_part());
    const PacketRow row = mail_.sent_row(round_, 1 + index);
    if (plan_.operation.kind != OperationKind::reduce) {
      tell_all(agent, row, buffers_.sent(index));
    } else if (plan_.operation.root != mail_.rank) {
      agent.send(row.of(plan_.operation.root), buffers_.sent(index), round_ + 1);
    }
  }

  /// Of data whose first `share` words are for rank 0, the next for rank 1, and so on.
  SEPTET_BOTH void publish_divided(Agent& agent, std::size_t index, std::size_t share) const {
    // Devices divide in software, and in fewer steps where 32 bits do.
    const auto receiver = static_cast<std::uint32_t>(index) / static_cast<std::uint32_t>(share);
    if (static_cast<int>(receiver) == mail_.rank) return;
    const PacketRow row = mail_.sent_row(round_, 1 + index - receiver * share);
    agent.send(row.of(static_cast<int>(receiver)), buffers_.sent(index), round_ + 1);
  }

  const Mail& mail_;
  const ExchangePlan& plan_;
  BufferWords buffers_;
  std::uint32_t round_;
  bool two_phases_;
};

}  // namespace septet
