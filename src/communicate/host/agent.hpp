// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/host/bell.hpp"
#include "communicate/host/copy.hpp"
#include "communicate/host/reduce.hpp"
#include "communicate/host/shared_words.hpp"
#include "communicate/steps/flag.hpp"
#include "communicate/steps/mail.hpp"
#include "communicate/steps/pieces.hpp"
#include "communicate/steps/ring.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace septet {

/// Runs steps on a host thread, on host memory.
class HostAgent {
 public:
  /// Slots are in a cache of this thread.
  static constexpr bool is_near_slots = true;

  /// The first of the ranks `from`…`end` of a row of flags that has not come to what is expected.
  [[nodiscard]] static Look look(FlagLine* row, int from, int end, const Expectation& expected) {
    for (int rank = from; rank < end; ++rank) {
      const auto flag = std::atomic_ref(row[rank].value).load(std::memory_order_acquire);
      if (!came(flag, expected)) return {rank, false};
      if (expected.signed_by_all && signature_of(flag) != expected.signature) return {rank, true};
    }
    return {};
  }

  static void store(FlagLine* line, std::uint64_t flag, const Description& description) {
    post(line->description, description);
    std::atomic_ref(line->value).store(flag, std::memory_order_release);
  }

  static void store(const FlagCopies& copies, std::uint64_t flag, const Description& description) {
    for (int i = 0; i < copies.count; ++i) {
      store(copies.first + i * copies.stride, flag, description);
    }
  }

  /// Another rank than `own` whose flag is at `sequence`, after what this thread stored is seen.
  [[nodiscard]] static Look other_writer(FlagLine* row, int ranks, int own,
                                         std::uint32_t sequence) {
    fence();
    for (int rank = 0; rank < ranks; ++rank) {
      if (rank == own) continue;
      const auto flag = std::atomic_ref(row[rank].value).load(std::memory_order_acquire);
      if (sequence_of(flag) == sequence) return {rank, true};
    }
    return {};
  }

  template <typename Act>
  static void each(std::size_t count, const Act& act) {
    for (std::size_t i = 0; i < count; ++i) act(i);
  }

  /// Goes on where the last try stopped, and forgets that place when all is done.
  template <typename Act>
  [[nodiscard]] bool until_all(std::size_t count, const Act& act) {
    while (next_ < count && act(next_)) ++next_;
    if (next_ < count) return false;
    next_ = 0;
    return true;
  }

  static void send(Packet* packet, std::uint64_t word, std::uint32_t round) {
    const std::uint64_t halves[] = {flag_of(static_cast<std::uint32_t>(word), round),
                                    flag_of(static_cast<std::uint32_t>(word >> 32), round)};
    std::atomic_ref(packet->halves[0]).store(halves[0], std::memory_order_relaxed);
    std::atomic_ref(packet->halves[1]).store(halves[1], std::memory_order_release);
  }

  [[nodiscard]] static bool receive(const PacketRow& row, int ranks, int besides,
                                    std::uint32_t round, std::uint64_t* words) {
    for (int i = 0; i < ranks; ++i) {
      if (i == besides) continue;
      Packet* packet = row.of(i);
      const auto second = std::atomic_ref(packet->halves[1]).load(std::memory_order_acquire);
      const auto first = std::atomic_ref(packet->halves[0]).load(std::memory_order_relaxed);
      if (sequence_of(first) != round || sequence_of(second) != round) return false;
      words[i] = std::uint64_t{signature_of(second)} << 32 | signature_of(first);
    }
    return true;
  }

  static void copy(std::byte* to, const std::byte* from, std::size_t bytes) {
    if (bytes > 0) std::memcpy(to, from, bytes);
  }

  /// As copy, for what will not be read soon; `ahead` will be.
  static void copy_past_cache(std::byte* to, const std::byte* from, std::size_t bytes,
                              const std::byte* ahead) {
    septet::copy_past_cache(to, from, bytes, ahead);
  }

  static void scale(std::byte* to, const std::byte* from, std::size_t count, DataType type,
                    const void* factor) {
    septet::scale(to, from, count, type, factor);
  }

  /// `also`: where it goes beside `to`, unless null.
  static void reduce(std::byte* to, std::byte* also, const Pieces& pieces, std::size_t count,
                     DataType type, Reduction reduction) {
    septet::reduce({.first = to, .buffer = also}, pieces, count, type, reduction);
  }

  static void reduce(const Places& to, const Pieces& pieces, std::size_t count, DataType type,
                     Reduction reduction) {
    septet::reduce(to, pieces, count, type, reduction);
  }

 private:
  std::size_t next_ = 0;
};

}  // namespace septet
