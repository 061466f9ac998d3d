// SPDX-License-Identifier: Apache-2.0
// Small collectives in one hop: data and the flag that it has come lie in the same eight bytes, so
// nobody waits for a flag first and for the data then.
//
//   packet   16 bytes: twice four bytes of data and the number of the round.
//   word     the 8 bytes of data of a packet: whole elements of every type.
//   round    one collective that goes by packets. Rounds take turns on two sets of packets: whoever
//            is in round n has heard from everybody in round n - 1, so nobody reads n - 2 any more.
//            For this everybody sends everybody at least a head: the signature of what it does.
#pragma once

#include "communicate/both.hpp"
#include "communicate/steps/flag.hpp"
#include "communicate/steps/plan.hpp"
#include "communicate/steps/word.hpp"
#include <septet/communicator.hpp>

#include <cstddef>
#include <cstdint>

namespace septet {

/// As it lies in the segment; each half is written and read at once.
struct alignas(16) Packet {
  std::uint64_t halves[2] = {0, 0};  ///< data << 32 | round
};

/// The packets of a communicator, by addresses of whoever runs the steps.
struct Mail {
  Packet* packets = nullptr;   ///< [2][rank][capacity]
  std::uint32_t capacity = 0;  ///< Packets of one rank in one round: the head and the words.
  int ranks = 0;
  int rank = 0;

  [[nodiscard]] SEPTET_BOTH Packet* of(int sender, std::uint32_t round) const {
    const std::size_t set = (round & 1) * static_cast<std::size_t>(ranks);
    return packets + (set + static_cast<std::size_t>(sender)) * capacity;
  }
};

/// Words of one part of a rank's data.
[[nodiscard]] SEPTET_BOTH constexpr std::size_t words_of(const ExchangePlan& plan) {
  return (plan.operation.count * plan.element_bytes + word_bytes - 1) / word_bytes;
}

/// Whether the collective fits into one round of `capacity` packets.
[[nodiscard]] SEPTET_BOTH constexpr bool fits(const ExchangePlan& plan, std::uint32_t capacity) {
  return plan.operation.count * plan.element_bytes <= word_bytes * std::size_t{capacity} &&
         words_of(plan) * plan.parts + 1 <= capacity;
}

/// One rank's part of one round. `advance` publishes, then collects as far as packets have come.
///
/// Of an Agent it asks: `each(count, act)` calls act(i) for all i below count; `until_all(count,
/// act)` calls act(i) until it returned true for each i, and returns false when that cannot be now;
/// `meet()` parts what its threads do before and after; `send(packet, word, round)`; and
/// `receive(packet, stride, ranks, round, words)`, false when some packet has not come.
template <typename Agent>
class PacketExchange {
 public:
  SEPTET_BOTH PacketExchange(const Mail& mail, const ExchangePlan& plan, std::uint32_t round)
      : mail_(mail), plan_(plan), round_(round) {}

  SEPTET_BOTH Step advance(Agent& agent) {
    if (!published_) {
      publish(agent);
      return Step::moved;
    }
    const std::size_t items = items_to_collect() + 1;
    const bool all = agent.until_all(
        items, [&](std::size_t i) { return i == 0 ? hear_heads(agent) : collect(agent, i - 1); });
    if (stranger_ >= 0) return Step::mismatch;
    return all ? Step::finished : Step::waiting;
  }

  /// Whose head told another signature; -1: nobody's. On a device: as this thread heard.
  [[nodiscard]] SEPTET_BOTH int stranger() const { return stranger_; }

  /// Whose head told another signature; else the first of ranks_at_once, one of whom is late.
  [[nodiscard]] SEPTET_BOTH int blocker() const { return stranger_ >= 0 ? stranger_ : blocker_; }

 private:
  SEPTET_BOTH void publish(Agent& agent) {
    Packet* mine = mail_.of(mail_.rank, round_);
    const bool data = plan_.publishes;
    const std::size_t words = words_of(plan_);
    agent.each(data ? words * plan_.parts + 1 : 1, [&](std::size_t i) {
      const auto word = i == 0 ? plan_.signature : word_to_send((i - 1) / words, (i - 1) % words);
      agent.send(mine + i, word, round_ + 1);
    });
    agent.meet();
    published_ = true;
  }

  SEPTET_BOTH std::uint64_t word_to_send(std::size_t part, std::size_t index) const {
    const std::size_t bytes = plan_.operation.count * plan_.element_bytes;
    const auto* from = static_cast<const std::byte*>(plan_.operation.send) + part * bytes;
    const std::uint64_t word = load_word(from, index, bytes);
    const void* factor = factor_at(plan_.operation);
    return factor == nullptr ? word : scaled_word(word, plan_.operation.type, factor);
  }

  SEPTET_BOTH std::size_t items_to_collect() const {
    switch (plan_.collecting) {
      case Collecting::nothing:
        return 0;
      case Collecting::every_slot:
        return words_of(plan_) * static_cast<std::size_t>(mail_.ranks);
      case Collecting::result:
      case Collecting::reduced_part:
      case Collecting::root_slot:
        return words_of(plan_);
    }
    return 0;
  }

  SEPTET_BOTH bool hear_heads(Agent& agent) {
    std::uint64_t heads[max_ranks];
    if (!hear_all(agent, 0, heads)) return false;
    for (int rank = 0; rank < mail_.ranks; ++rank) {
      if (heads[rank] != plan_.signature) stranger_ = rank;
    }
    return true;
  }

  SEPTET_BOTH bool collect(Agent& agent, std::size_t item) {
    const std::size_t words = words_of(plan_);
    switch (plan_.collecting) {
      case Collecting::nothing:
        return true;
      case Collecting::every_slot:
        return copy(agent, static_cast<int>(item / words), item % words);
      case Collecting::root_slot:
        return copy(agent, plan_.operation.root, item);
      case Collecting::result:
      case Collecting::reduced_part:
        return reduce(agent, item);
    }
    return true;
  }

  /// Word `index` of `rank` into its place in my buffer.
  SEPTET_BOTH bool copy(Agent& agent, int rank, std::size_t index) {
    std::uint64_t word = 0;
    if (!hear(agent, rank, 1, 1 + index, &word)) return false;
    const std::size_t bytes = plan_.operation.count * plan_.element_bytes;
    const bool several = plan_.collecting == Collecting::every_slot;
    auto* to = static_cast<std::byte*>(plan_.operation.recv) +
               (several ? static_cast<std::size_t>(rank) * bytes : 0);
    store_word(to, index, bytes, word);
    return true;
  }

  SEPTET_BOTH bool reduce(Agent& agent, std::size_t index) {
    const std::size_t part = plan_.parts == 1 ? 0 : static_cast<std::size_t>(mail_.rank);
    const std::size_t packet = 1 + part * words_of(plan_) + index;
    std::uint64_t words[max_ranks];
    if (!hear_all(agent, packet, words)) return false;
    const std::uint64_t word =
        reduced_word(words, mail_.ranks, plan_.operation.type, plan_.operation.reduction);
    const std::size_t bytes = plan_.operation.count * plan_.element_bytes;
    store_word(static_cast<std::byte*>(plan_.operation.recv), index, bytes, word);
    return true;
  }

  SEPTET_BOTH static int min_of(int a, int b) { return a < b ? a : b; }

  /// Packet number `packet` of every rank.
  SEPTET_BOTH bool hear_all(Agent& agent, std::size_t packet, std::uint64_t* words) {
    for (int first = 0; first < mail_.ranks; first += ranks_at_once) {
      const int count = min_of(mail_.ranks - first, ranks_at_once);
      if (!hear(agent, first, count, packet, words + first)) return false;
    }
    return true;
  }

  /// Packet number `packet` of `count` ranks from `first` on.
  SEPTET_BOTH bool hear(Agent& agent, int first, int count, std::size_t packet,
                        std::uint64_t* words) {
    Packet* of_first = mail_.of(first, round_) + packet;
    if (agent.receive(of_first, mail_.capacity, count, round_ + 1, words)) return true;
    blocker_ = first;
    for (int i = 0; i < count; ++i) {
      Packet* one = of_first + static_cast<std::size_t>(i) * mail_.capacity;
      if (agent.receive(one, mail_.capacity, 1, round_ + 1, words)) continue;
      blocker_ = first + i;
      break;
    }
    return false;
  }

  const Mail& mail_;
  const ExchangePlan& plan_;
  std::uint32_t round_;
  int blocker_ = -1;
  int stranger_ = -1;
  bool published_ = false;
};

}  // namespace septet
