// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/host/bell.hpp"
#include "communicate/host/reduce.hpp"
#include "communicate/host/shared_words.hpp"
#include "communicate/steps/flag.hpp"

#include <atomic>
#include <cstddef>
#include <cstring>

namespace septet {

/// Runs steps on a host thread, on host memory.
class HostAgent {
 public:
  /// The first of the ranks `from`…`end` of a row of flags that has not come to what is expected.
  [[nodiscard]] static Look look(FlagLine* row, int from, int end, const Expectation& expected) {
    for (int rank = from; rank < end; ++rank) {
      const auto flag = std::atomic_ref(row[rank].value).load(std::memory_order_acquire);
      if (!reached(flag, expected.sequence)) return {rank, false};
      if (expected.signed_by_all && signature_of(flag) != expected.signature) return {rank, true};
    }
    return {};
  }

  static void store(FlagLine* line, std::uint64_t flag, const Description& description) {
    post(line->description, description);
    std::atomic_ref(line->value).store(flag, std::memory_order_release);
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

  static void copy(std::byte* to, const std::byte* from, std::size_t bytes) {
    if (bytes > 0) std::memcpy(to, from, bytes);
  }

  static void scale(std::byte* to, const std::byte* from, std::size_t count, DataType type,
                    const void* factor) {
    septet::scale(to, from, count, type, factor);
  }

  static void reduce(std::byte* to, const std::byte* first, std::size_t stride_bytes, int ranks,
                     std::size_t count, DataType type, Reduction reduction) {
    septet::reduce(to, {first, stride_bytes, ranks}, count, type, reduction);
  }
};

}  // namespace septet
