// SPDX-License-Identifier: Apache-2.0
// Words and bytes in memory that other devices and the host read and write at the same time.
#pragma once

#include "communicate/steps/flag.hpp"

#include <cstddef>
#include <cstdint>

namespace septet {

__device__ inline std::uint64_t load_acquire(const std::uint64_t* from) {
  std::uint64_t value;
  asm volatile("ld.acquire.sys.global.u64 %0, [%1];" : "=l"(value) : "l"(from) : "memory");
  return value;
}

__device__ inline void store_release(std::uint64_t* to, std::uint64_t value) {
  asm volatile("st.release.sys.global.u64 [%0], %1;" ::"l"(to), "l"(value) : "memory");
}

template <typename Word>
__device__ Word load_now(const Word* from) {
  return *static_cast<const volatile Word*>(from);
}

template <typename Word>
__device__ void store_now(Word* to, Word value) {
  *static_cast<volatile Word*>(to) = value;
}

__device__ inline void store_now(Description* to, const Description& value) {
  const auto* words = reinterpret_cast<const std::uint64_t*>(&value);
  store_now(reinterpret_cast<std::uint64_t*>(to), words[0]);
  store_now(reinterpret_cast<std::uint64_t*>(to) + 1, words[1]);
}

/// Both halves of a packet at once.
__device__ inline ulonglong2 load_packet(const std::uint64_t* halves) {
  ulonglong2 both;
  asm volatile("ld.volatile.global.v2.u64 {%0, %1}, [%2];"
               : "=l"(both.x), "=l"(both.y)
               : "l"(halves)
               : "memory");
  return both;
}

__device__ inline void store_packet(std::uint64_t* halves, std::uint64_t first,
                                    std::uint64_t second) {
  asm volatile("st.volatile.global.v2.u64 [%0], {%1, %2};" ::"l"(halves), "l"(first), "l"(second)
               : "memory");
}

/// Copies units of `Unit` from unit `i` on, while there are `batch` left for this thread, whose
/// loads are under way at once. Returns where it came to.
template <int batch, typename Unit>
__device__ std::size_t copy_batches(Unit* to, const Unit* from, std::size_t i, std::size_t count) {
  const std::size_t step = blockDim.x;
  for (; i + (batch - 1) * step < count; i += batch * step) {
    Unit units[batch];
#pragma unroll
    for (int k = 0; k < batch; ++k) units[k] = __ldcv(from + i + k * step);
#pragma unroll
    for (int k = 0; k < batch; ++k) to[i + k * step] = units[k];
  }
  return i;
}

/// Copies units of `Unit` by all threads of the block. Eight loads are under way at once, and as
/// many as can be at the end: those from host memory take over a microsecond each.
template <typename Unit>
__device__ void copy_units(Unit* to, const Unit* from, std::size_t count) {
  std::size_t i = copy_batches<8>(to, from, threadIdx.x, count);
  i = copy_batches<4>(to, from, i, count);
  i = copy_batches<2>(to, from, i, count);
  copy_batches<1>(to, from, i, count);
}

/// Copies `bytes` by all threads of the block, in the widest units that both addresses allow.
__device__ inline void copy_bytes(std::byte* to, const std::byte* from, std::size_t bytes) {
  const auto offset = reinterpret_cast<std::uintptr_t>(to) | reinterpret_cast<std::uintptr_t>(from);
  std::size_t done = 0;
  if (offset % sizeof(int4) == 0) {
    copy_units(reinterpret_cast<int4*>(to), reinterpret_cast<const int4*>(from),
               bytes / sizeof(int4));
    done = bytes / sizeof(int4) * sizeof(int4);
  } else if (offset % sizeof(int) == 0) {
    copy_units(reinterpret_cast<int*>(to), reinterpret_cast<const int*>(from), bytes / sizeof(int));
    done = bytes / sizeof(int) * sizeof(int);
  }
  copy_units(reinterpret_cast<char*>(to) + done, reinterpret_cast<const char*>(from) + done,
             bytes - done);
}

}  // namespace septet
