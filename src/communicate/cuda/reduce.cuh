// SPDX-License-Identifier: Apache-2.0
#pragma once

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

/// Line `index` of all ranks, reduced in rank order. The loads of up to eight ranks overlap.
template <Reduction reduction, typename Element>
__device__ Line reduced_line(const std::byte* first, std::size_t stride_bytes, int ranks) {
  Fold<reduction, Element> folds[2];
  for (int begin = 0; begin < ranks; begin += ranks_at_once) {
    Line lines[ranks_at_once];
#pragma unroll
    for (int i = 0; i < ranks_at_once; ++i) {
      if (begin + i < ranks) {
        lines[i] = load_line(first + static_cast<std::size_t>(begin + i) * stride_bytes);
      }
    }
#pragma unroll
    for (int i = 0; i < ranks_at_once; ++i) {
      if (begin + i >= ranks) continue;
      for (int w = 0; w < 2; ++w) {
        if (begin + i == 0) {
          folds[w].begin(lines[i].words[w]);
        } else {
          folds[w].add(lines[i].words[w]);
        }
      }
    }
  }
  return {folds[0].end(ranks), folds[1].end(ranks)};
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
  if (index * sizeof(Line) + word_bytes < bytes) store_word(to, 2 * index + 1, bytes, line.words[1]);
}

/// As septet::reduce of host/reduce.hpp, by all threads of the block. The sources are whole lines: what
/// lies behind the last element is read, and not used.
__device__ inline void reduce_by_block(std::byte* to, const std::byte* first,
                                       std::size_t stride_bytes, int ranks, std::size_t count,
                                       DataType type, Reduction reduction) {
  with_type_and_reduction(type, reduction, [&](auto constant, auto operation) {
    using Element = typename decltype(constant)::type;
    const std::size_t bytes = count * sizeof(Element);
    const std::size_t lines = (bytes + sizeof(Line) - 1) / sizeof(Line);
    for (std::size_t i = threadIdx.x; i < lines; i += blockDim.x) {
      const Line line = reduced_line<decltype(operation)::value, Element>(
          first + i * sizeof(Line), stride_bytes, ranks);
      store_line(to, i, bytes, line);
    }
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
