// SPDX-License-Identifier: Apache-2.0
// Small collectives without flags beside the data: both lie in the same eight bytes, so nobody
// waits for a flag first and for the data then.
//
//   packet   16 bytes: twice four bytes of data and the number of the round.
//   word     the 8 bytes of data of a packet: whole elements of every type.
//   round    one collective that goes by packets. A rank sends each word to whoever needs it, once
//            for each, for no two read the same packet. Rounds take turns on two sets of packets:
//            whoever is in round n has heard from everybody in round n - 1, so nobody reads n - 2
//            any more. For this everybody sends everybody at least a head: the signature of what it
//            does.
//   share    of an all-reduce in two phases: the words that one rank reduces for all.
//
// In one phase every rank reads the packets of all others, and does everything itself. In two, it
// reads of all others its share alone, and sends its outcome as results, which all others gather:
// one hop more, and for N ranks N / 2 times fewer bytes to read.
//
// What a rank needs of its own data it takes from its buffer. In place, an item's thread has read
// before it writes: `each` and `until_all` give an item to the same thread, and what others made of
// a word comes after they have heard it.
#pragma once

#include "communicate/both.hpp"
#include "communicate/steps/buffer_words.hpp"
#include "communicate/steps/ears.hpp"
#include "communicate/steps/flag.hpp"
#include "communicate/steps/mail.hpp"
#include "communicate/steps/mouth.hpp"
#include "communicate/steps/plan.hpp"
#include "communicate/steps/word.hpp"
#include <septet/communicator.hpp>

#include <cstddef>
#include <cstdint>

namespace septet {

/// One rank's part of one round. `advance` publishes, then collects as far as packets have come,
/// then gathers results, if there are.
///
/// Of an Agent it asks, beside what Ears and Mouth ask: `until_all(count, act)` calls act(i) until
/// it returned true for each i, and returns false when that cannot be now.
template <typename Agent>
class PacketExchange {
 public:
  /// Requires: the packet_way of `plan` is not none.
  SEPTET_BOTH PacketExchange(const Mail& mail, const ExchangePlan& plan, std::uint32_t round)
      : mail_(mail),
        plan_(plan),
        round_(round),
        ears_(mail.rank, round),
        buffers_(plan),
        mouth_(mail, plan, round),
        share_(share_of(buffers_.of_part(), mail.ranks)),
        two_phases_(packet_way(plan, mail.limits) == PacketWay::two_phases) {}

  SEPTET_BOTH Step advance(Agent& agent) {
    switch (phase_) {
      case Phase::publish:
        mouth_.publish(agent);
        phase_ = Phase::collect;
        return Step::moved;
      case Phase::collect:
        return advance_collecting(agent);
      case Phase::gather:
        break;
    }
    const bool all = agent.until_all(share_, [&](std::size_t i) { return gather(agent, i); });
    return all ? Step::finished : Step::waiting;
  }

  /// Whose head told another signature; -1: nobody's. On a device: as this thread heard.
  [[nodiscard]] SEPTET_BOTH int stranger() const { return stranger_; }

  /// Whose head told another signature; else the first rank whose packet had not come.
  [[nodiscard]] SEPTET_BOTH int blocker() const {
    return stranger_ >= 0 ? stranger_ : ears_.blocker();
  }

 private:
  enum class Phase : std::uint8_t { publish, collect, gather };

  SEPTET_BOTH Step advance_collecting(Agent& agent) {
    const bool all = agent.until_all(head_items + items_to_collect(), [&](std::size_t i) {
      if (i < head_items) return i > 0 || hear_heads(agent);
      return collect(agent, i - head_items);
    });
    if (stranger_ >= 0) return Step::mismatch;
    if (!all) return Step::waiting;
    if (!two_phases_) return Step::finished;
    phase_ = Phase::gather;
    return Step::moved;
  }

  SEPTET_BOTH std::size_t items_to_collect() const {
    if (two_phases_) return share_;
    if (plan_.collecting == Collecting::nothing) return 0;
    const bool several = plan_.collecting == Collecting::every_slot;
    return buffers_.of_part() * static_cast<std::size_t>(several ? mail_.ranks : 1);
  }

  /// False for a stranger, too: no thread of this one's block shall go on.
  SEPTET_BOTH bool hear_heads(Agent& agent) {
    std::uint64_t heads[max_ranks];
    if (!ears_.hear(agent, mail_.row(round_, 0), mail_.ranks, heads)) return false;
    for (int rank = 0; rank < mail_.ranks; ++rank) {
      if (rank != mail_.rank && heads[rank] != plan_.signature) stranger_ = rank;
    }
    return stranger_ < 0;
  }

  SEPTET_BOTH bool collect(Agent& agent, std::size_t item) {
    const std::size_t words = buffers_.of_part();
    if (two_phases_) return reduce_for_all(agent, item);
    if (plan_.collecting == Collecting::root_slot) return copy(agent, plan_.operation.root, item);
    if (plan_.collecting != Collecting::every_slot) return reduce(agent, item);
    return copy(agent, static_cast<int>(item / words), item % words);
  }

  /// Word `index` of `rank` into its place in my buffer.
  SEPTET_BOTH bool copy(Agent& agent, int rank, std::size_t index) {
    const bool several = plan_.collecting == Collecting::every_slot;
    const std::size_t part = several ? static_cast<std::size_t>(rank) : 0;
    std::uint64_t word = 0;
    if (rank == mail_.rank) {
      if (buffers_.place_of(part) == plan_.operation.send) return true;
      word = buffers_.sent(index);
    } else if (!ears_.hear_one(agent, mail_.row(round_, 1 + index), rank, word)) {
      return false;
    }
    buffers_.put(part, index, word);
    return true;
  }

  SEPTET_BOTH bool reduce(Agent& agent, std::size_t index) {
    const std::size_t part = plan_.parts == 1 ? 0 : static_cast<std::size_t>(mail_.rank);
    std::uint64_t word = 0;
    if (!hear_reduced(agent, index, part * buffers_.of_part() + index, word)) return false;
    buffers_.put(0, index, word);
    return true;
  }

  /// Word `item` of my share, for everybody.
  SEPTET_BOTH bool reduce_for_all(Agent& agent, std::size_t item) {
    const std::size_t index = static_cast<std::size_t>(mail_.rank) * share_ + item;
    if (index >= buffers_.of_part()) return true;
    std::uint64_t word = 0;
    if (!hear_reduced(agent, item, index, word)) return false;
    mouth_.tell_all(agent, mail_.sent_result_row(round_, item), word);
    buffers_.put(0, index, word);
    return true;
  }

  /// The reduction of word `item` of what the others sent me, and word `own_index` of mine.
  SEPTET_BOTH bool hear_reduced(Agent& agent, std::size_t item, std::size_t own_index,
                                std::uint64_t& word) {
    std::uint64_t words[max_ranks];
    if (!ears_.hear(agent, mail_.row(round_, 1 + item), mail_.ranks, words)) return false;
    words[mail_.rank] = buffers_.sent(own_index);
    word = reduced_word(words, mail_.ranks, plan_.operation.type, plan_.operation.reduction);
    return true;
  }

  /// Word `item` of all other shares into its places in my buffer.
  SEPTET_BOTH bool gather(Agent& agent, std::size_t item) {
    // The last shares may be shorter.
    const auto behind = static_cast<std::uint32_t>(buffers_.of_part() - 1 - item);
    const int ranks = static_cast<int>(behind / static_cast<std::uint32_t>(share_)) + 1;
    std::uint64_t words[max_ranks];
    if (!ears_.hear(agent, mail_.result_row(round_, item), ranks, words)) return false;
    for (int rank = 0; rank < ranks; ++rank) {
      if (rank == mail_.rank) continue;
      buffers_.put(0, static_cast<std::size_t>(rank) * share_ + item, words[rank]);
    }
    return true;
  }

  const Mail& mail_;
  const ExchangePlan& plan_;
  std::uint32_t round_;
  Ears<Agent> ears_;
  BufferWords buffers_;
  Mouth<Agent> mouth_;
  std::size_t share_;
  bool two_phases_;
  Phase phase_ = Phase::publish;
  int stranger_ = -1;
};

}  // namespace septet
