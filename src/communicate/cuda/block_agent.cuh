// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/cuda/device_state.hpp"
#include "communicate/cuda/reduce.cuh"
#include "communicate/cuda/system_memory.cuh"
#include "communicate/steps/flag.hpp"
#include "communicate/steps/packets.hpp"
#include "communicate/steps/ring.hpp"

#include <cstddef>
#include <cstdint>

namespace septet {

/// Runs steps on a CUDA thread block. Every function is called by all its threads together, but for
/// send, receive and what each and until_all call.
class BlockAgent {
 public:
  static constexpr bool is_near_slots = false;  ///< They are in host memory.

  /// `tries`: how often a look is repeated before it tells that nothing has come. `collective`:
  /// what this rank tells on its card that it is in; 0: messages.
  __device__ BlockAgent(const Station& station, int tries, std::uint64_t collective)
      : station_(station), tries_(tries), collective_(collective) {}

  [[nodiscard]] __device__ Look look(FlagLine* row, int from, int end,
                                     const Expectation& expected) {
    __shared__ Look found;
    if (threadIdx.x < 32) {
      Look mine = look_once(row, from, end, expected);
      for (int i = 1; i < tries_ && !mine.clear() && !mine.mismatch; ++i) {
        // Only the one that is behind: polling crosses the link on which the data goes.
        const int behind = mine.rank;
        __nanosleep(100);
        mine = look_once(row, behind, behind + 1, expected);
        if (mine.clear()) mine = look_once(row, behind + 1, end, expected);
      }
      if (threadIdx.x == 0) found = mine;
    }
    __syncthreads();
    const Look result = found;
    __syncthreads();
    return result;
  }
  [[nodiscard]] __device__ Look other_writer(FlagLine* row, int ranks, int own,
                                             std::uint32_t sequence) {
    __shared__ int found;
    __syncthreads();  // Each copy of this rank's flag was written by a thread of its own.
    if (threadIdx.x == 0) {
      __threadfence_system();
      found = -1;
      for (int rank = 0; rank < ranks; ++rank) {
        if (rank != own && sequence_of(load_acquire(&row[rank].value)) == sequence) found = rank;
      }
    }
    __syncthreads();
    const Look result{found, found >= 0};
    __syncthreads();
    return result;
  }

  /// Copies are written side by side.
  __device__ void store(const FlagCopies& copies, std::uint64_t flag, const Description&) {
    __syncthreads();
    const int i = static_cast<int>(threadIdx.x);
    if (i < copies.count) store_release(&copies.first[i * copies.stride].value, flag);
  }
  /// What it is at is told in the card of the rank, once a kernel.
  __device__ void store(FlagLine* line, std::uint64_t flag, const Description& description) {
    store(FlagCopies{line}, flag, description);
  }

  __device__ void copy(std::byte* to, const std::byte* from, std::size_t bytes) {
    copy_bytes(to, from, bytes);
  }

  __device__ void scale(std::byte* to, const std::byte* from, std::size_t count, DataType type,
                        const void* factor) {
    scale_by_block(to, from, count, type, factor);
  }

  __device__ void reduce(std::byte* to, std::byte* also, const Pieces& pieces, std::size_t count,
                         DataType type, Reduction reduction) {
    reduce_by_block(to, also, pieces, count, type, reduction);
  }

  /// By all blocks of the grid. An item is the same thread's as in until_all.
  template <typename Act>
  __device__ void each(std::size_t count, const Act& act) {
    for (std::size_t i = number_in_grid(); i < count; i += threads_of_grid()) act(i);
  }

  /// Returns whether all items of this block are done.
  template <typename Act>
  [[nodiscard]] __device__ bool until_all(std::size_t count, const Act& act) {
    bool all = true;
    for (std::size_t i = number_in_grid(); i < count && all; i += threads_of_grid()) all = act(i);
    return __syncthreads_and(static_cast<int>(all)) != 0;
  }

  __device__ void send(Packet* packet, std::uint64_t word, std::uint32_t round) {
    store_packet(packet->halves, flag_of(static_cast<std::uint32_t>(word), round),
                 flag_of(static_cast<std::uint32_t>(word >> 32), round));
  }

  /// Waits until all have come, or never will.
  [[nodiscard]] __device__ bool receive(const PacketRow& row, int ranks, int besides,
                                        std::uint32_t round, std::uint64_t* words) {
    unsigned missing = (1U << ranks) - 1;
    if (besides >= 0 && besides < ranks) missing &= ~(1U << besides);
    for (unsigned tries = 1;; ++tries) {
      missing = receive_once(row, missing, round, words);
      if (missing == 0) return true;
      if (tries % spins_between_checks == 0 && waits_in_vain()) return false;
    }
  }

  /// After a try in vain: whether all others will be, which is asked every now and then.
  [[nodiscard]] __device__ bool must_give_up() {
    if (++vain_ % looks_between_checks != 0) return false;
    return __syncthreads_or(threadIdx.x == 0 && waits_in_vain()) != 0;
  }

  /// A rank that is in another collective, where this thread gave up for it; else -1. Of
  /// must_give_up only the first thread is told.
  [[nodiscard]] __device__ int stranger() const { return stranger_; }

 private:
  static constexpr unsigned spins_between_checks = 256;
  static constexpr unsigned looks_between_checks = 64;

  /// Whether the communicator is broken, or a rank is in another collective of the same number: it
  /// may have gone another way, by packets or through the ring, where nobody hears of it.
  [[nodiscard]] __device__ bool waits_in_vain() {
    if (load_now(station_.broken) != 0) return true;
    for (int rank = 0; rank < station_.ranks && collective_ != 0; ++rank) {
      const std::uint64_t theirs = load_now(&station_.cards[rank].collective);
      const bool same_number = sequence_of(theirs) == sequence_of(collective_);
      if (same_number && theirs != collective_) stranger_ = rank;
    }
    return stranger_ >= 0;
  }

  /// Of the first warp.
  [[nodiscard]] __device__ static Look look_once(FlagLine* row, int from, int end,
                                                 const Expectation& expected) {
    for (int first = from; first < end; first += 32) {
      const int rank = first + static_cast<int>(threadIdx.x);
      bool behind = false;
      bool foreign = false;
      if (rank < end) {
        const std::uint64_t flag = load_acquire(&row[rank].value);
        behind = !came(flag, expected);
        foreign = !behind && expected.signed_by_all && signature_of(flag) != expected.signature;
      }
      const unsigned bad = __ballot_sync(0xffffffffU, behind || foreign);
      if (bad == 0) continue;
      const int lane = __ffs(static_cast<int>(bad)) - 1;
      return {first + lane, __shfl_sync(0xffffffffU, foreign ? 1 : 0, lane) != 0};
    }
    return {};
  }

  [[nodiscard]] __device__ static std::size_t threads_of_grid() {
    return std::size_t{gridDim.x} * blockDim.x;
  }
  [[nodiscard]] __device__ static std::size_t number_in_grid() {
    return std::size_t{blockIdx.x} * blockDim.x + threadIdx.x;
  }

  /// Looks for the packets of the ranks in `missing`, one bit each: polling crosses the link on
  /// which the data goes. Returns those that still are missing.
  [[nodiscard]] __device__ static unsigned receive_once(const PacketRow& row, unsigned missing,
                                                        std::uint32_t round, std::uint64_t* words) {
    ulonglong2 halves[ranks_at_once];
#pragma unroll
    for (int i = 0; i < ranks_at_once; ++i) {
      if ((missing >> i & 1) != 0) halves[i] = load_packet(row.of(i)->halves);
    }
    unsigned still_missing = 0;
#pragma unroll
    for (int i = 0; i < ranks_at_once; ++i) {
      if ((missing >> i & 1) == 0) continue;
      const bool whole = sequence_of(halves[i].x) == round && sequence_of(halves[i].y) == round;
      if (!whole) still_missing |= 1U << i;
      if (whole)
        words[i] = std::uint64_t{signature_of(halves[i].y)} << 32 | signature_of(halves[i].x);
    }
    return still_missing;
  }

  const Station& station_;
  int tries_;
  int stranger_ = -1;
  std::uint64_t collective_;
  unsigned vain_ = 0;
};

}  // namespace septet
