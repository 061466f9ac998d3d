// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/steps/pieces.hpp"
#include "communicate/steps/word.hpp"

#include <cstddef>
#include <cstdint>

namespace septet {

/// Sixteen bytes: the widest access, and whole elements of every type.
struct alignas(16) Line {
  std::uint64_t words[2];
};

__device__ inline Line load_line(const std::byte* from) {
  const auto units = __ldcv(reinterpret_cast<const int4*>(from));
  return __builtin_bit_cast(Line, units);
}

/// One line of all ranks, reduced in rank order. The next one is under way while one is added.
template <Reduction reduction, typename Element>
__device__ Line reduced_line(const Pieces& pieces, std::size_t offset) {
  Fold<reduction, Element> low;
  Fold<reduction, Element> high;
  Line next = load_line(pieces.of(0) + offset);
  low.begin(next.words[0]);
  high.begin(next.words[1]);
  if (pieces.ranks > 1) next = load_line(pieces.of(1) + offset);
#pragma unroll 1
  for (int rank = 1; rank < pieces.ranks; ++rank) {
    const Line line = next;
    if (rank + 1 < pieces.ranks) next = load_line(pieces.of(rank + 1) + offset);
    low.add(line.words[0]);
    high.add(line.words[1]);
  }
  return {low.end(pieces.ranks), high.end(pieces.ranks)};
}

/// A whole line, or the part of the last one that is not beyond `bytes`.
__device__ inline void store_line(std::byte* to, std::size_t index, std::size_t bytes,
                                  const Line& line) {
  std::byte* at = to + index * sizeof(Line);
  const bool whole = (index + 1) * sizeof(Line) <= bytes;
  if (whole && reinterpret_cast<std::uintptr_t>(at) % sizeof(Line) == 0) {
    *reinterpret_cast<Line*>(at) = line;
    return;
  }
  store_word(to, 2 * index, bytes, line.words[0]);
  if (index * sizeof(Line) + word_bytes < bytes)
    store_word(to, 2 * index + 1, bytes, line.words[1]);
}

template <Reduction reduction, typename Element>
__device__ __noinline__ void reduce_lines(std::byte* to, std::byte* also, const Pieces& pieces,
                                          std::size_t count) {
  const std::size_t bytes = count * sizeof(Element);
  const std::size_t lines = (bytes + sizeof(Line) - 1) / sizeof(Line);
#pragma unroll 1
  for (std::size_t i = threadIdx.x; i < lines; i += blockDim.x) {
    const Line line = reduced_line<reduction, Element>(pieces, i * sizeof(Line));
    store_line(to, i, bytes, line);
    if (also != nullptr) store_line(also, i, bytes, line);
  }
}

/// As septet::reduce of host/reduce.hpp, by all threads of the block, to two places unless `also`
/// is null. The pieces are whole lines: what lies behind the last element is read, and not used.
__device__ inline void reduce_by_block(std::byte* to, std::byte* also, const Pieces& pieces,
                                       std::size_t count, DataType type, Reduction reduction) {
  with_type_and_reduction(type, reduction, [&](auto constant, auto operation) {
    reduce_lines<decltype(operation)::value, typename decltype(constant)::type>(to, also, pieces,
                                                                                count);
  });
}

__device__ inline std::size_t size_on_device(DataType type) {
  std::size_t size = 1;
  with_type(type, [&](auto constant) { size = sizeof(typename decltype(constant)::type); });
  return size;
}

/// As septet::scale of host/reduce.hpp, by all threads of the block.
__device__ inline void scale_by_block(std::byte* to, const std::byte* from, std::size_t count,
                                      DataType type, const void* factor) {
  const std::size_t bytes = count * size_on_device(type);
  const std::size_t words = (bytes + word_bytes - 1) / word_bytes;
  for (std::size_t i = threadIdx.x; i < words; i += blockDim.x) {
    store_word(to, i, bytes, scaled_word(load_word(from, i, bytes), type, factor));
  }
}

}  // namespace septet
