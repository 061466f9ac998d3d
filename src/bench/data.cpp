// SPDX-License-Identifier: Apache-2.0
#include "bench/data.hpp"

#include "base/units.hpp"
#include "communicate/element_type.hpp"
#include "communicate/host/memory.hpp"
#include "communicate/host/reduce.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <type_traits>

namespace septet::bench {
namespace {

/// Some number for element `index` of `rank`; neighbours, and the same place of other ranks, have
/// others. Source of the constants: SplitMix64 (Steele, Lea and Flood, 2014).
std::uint64_t noise(int rank, std::size_t index) {
  std::uint64_t word = index * 0x9e3779b97f4a7c15 + static_cast<std::uint64_t>(rank + 1);
  word = (word ^ (word >> 30U)) * 0xbf58476d1ce4e5b9;
  return word ^ (word >> 27U);
}

/// A whole number whose sums over 64 ranks are exact in `Element`, in any order: within 2^24 for
/// float, 256 for bfloat16; of 8-bit floats, sums over 8 ranks.
template <typename Element>
float summand(std::uint64_t noise) {
  if constexpr (sizeof(Element) == 1) return static_cast<float>(static_cast<int>(noise % 3) - 1);
  const int half = sizeof(Element) == 2 ? 4 : 1024;
  return static_cast<float>(static_cast<int>(noise % static_cast<unsigned>(2 * half)) - half);
}

/// A sign, and of rank 0 a power of two: products are exact and do not run away.
float factor(std::uint64_t noise, int rank) {
  const float size = rank == 0 && (noise & 2U) != 0 ? 2 : 1;
  return (noise & 1U) != 0 ? -size : size;
}

/// An element that is combined with those of other ranks.
template <typename Element>
Element operand(const Case& each, int rank, std::size_t index) {
  const auto some = noise(rank, index);
  if constexpr (std::is_integral_v<Element>) {
    // Averages of large numbers would wrap, and libraries differ in where.
    return static_cast<Element>(each.reduction == Reduction::avg ? some % 2 : some);
  } else {
    const float value =
        each.reduction == Reduction::prod ? factor(some, rank) : summand<Element>(some);
    if constexpr (is_small_float<Element>) {
      return Element::rounded(value);
    } else {
      return value;
    }
  }
}

/// Rank and place where element `index` of what `seat` must get comes from, when nothing is
/// combined.
struct Origin {
  int rank;
  std::size_t index;
};

Origin origin_of(const Case& each, Seat seat, std::size_t index) {
  const auto part = static_cast<int>(index / each.count);
  const auto own = static_cast<std::size_t>(seat.rank) * each.count;
  switch (each.collective) {
    case Collective::all_gather:
    case Collective::gather:
      return {part, index % each.count};
    case Collective::all_to_all:
      return {part, own + index % each.count};
    case Collective::scatter:
      return {0, own + index};
    case Collective::send_recv:
      return {(seat.rank + seat.ranks - 1) % seat.ranks, index};
    case Collective::broadcast:
    case Collective::all_reduce:
    case Collective::reduce_scatter:
    case Collective::reduce:
      return {0, index};
  }
  return {0, index};
}

/// Buffers of reduce() are aligned to this.
constexpr std::size_t alignment = 64;

std::vector<std::byte> combined(const Case& each, Seat seat, std::size_t first, std::size_t count) {
  const std::size_t bytes = count * size_of(each.type);
  const std::size_t stride = (bytes + alignment - 1) / alignment * alignment;
  const auto ranks = static_cast<std::size_t>(seat.ranks);
  std::vector<std::byte> room(ranks * stride + alignment);
  void* start = room.data();
  std::size_t space = room.size();
  std::align(alignment, ranks * stride, start, space);
  const std::span pieces(static_cast<std::byte*>(start), ranks * stride);

  const bool scattered = each.collective == Collective::reduce_scatter;
  const auto own = scattered ? static_cast<std::size_t>(seat.rank) * each.count : 0;
  for (std::size_t rank = 0; rank < ranks; ++rank) {
    fill(pieces.subspan(rank * stride, bytes), each, static_cast<int>(rank), own + first);
  }
  std::vector<std::byte> result(bytes);
  reduce({result.data()}, {.first = pieces.data(), .stride_bytes = stride, .ranks = seat.ranks},
         count, each.type, each.reduction);
  return result;
}

}  // namespace

void fill(std::span<std::byte> to, const Case& each, int rank, std::size_t first) {
  with_type(each.type, [&](auto type) {
    using Element = typename decltype(type)::type;
    for (std::size_t i = 0; i < to.size() / sizeof(Element); ++i) {
      if (reduces(each.collective)) {
        store(to.data(), i, operand<Element>(each, rank, first + i));
      } else {
        const auto bits = noise(rank, first + i);  // Any bits: they are moved, not read.
        std::memcpy(to.data() + i * sizeof(Element), &bits, sizeof(Element));
      }
    }
  });
}

std::vector<std::byte> expected(const Case& each, Seat seat, std::size_t first, std::size_t count) {
  if (reduces(each.collective)) return combined(each, seat, first, count);
  const std::size_t width = size_of(each.type);
  std::vector<std::byte> all(count * width);
  for (std::size_t i = 0; i < count; ++i) {
    const auto origin = origin_of(each, seat, first + i);
    fill(std::span(all).subspan(i * width, width), each, origin.rank, origin.index);
  }
  return all;
}

std::size_t count_wrong(std::span<const std::byte> received, const Case& each, Seat seat,
                        std::size_t first) {
  const std::size_t width = size_of(each.type);
  const auto right = expected(each, seat, first, received.size() / width);
  if (std::ranges::equal(right, received)) return 0;
  std::size_t wrong = 0;
  for (std::size_t at = 0; at < right.size(); at += width) {
    wrong += std::memcmp(right.data() + at, received.data() + at, width) != 0 ? 1 : 0;
  }
  return wrong;
}

std::vector<Piece> pieces_to_check(Check check, std::size_t elements, DataType type) {
  if (check == Check::none || elements == 0) return {};
  const std::size_t every = mebibyte / size_of(type);
  const std::size_t edge = 64 * kibibyte / size_of(type);
  const std::size_t sample = 4 * kibibyte / size_of(type);
  const bool all = check == Check::full || elements <= every;
  std::vector<Piece> pieces;
  for (std::size_t first = 0; first < elements; first += every) {
    const std::size_t wanted = all ? every : first == 0 ? edge : sample;
    pieces.push_back({.first = first, .count = std::min(wanted, elements - first)});
  }
  if (!all) pieces.push_back({.first = elements - edge, .count = edge});
  return pieces;
}

}  // namespace septet::bench
