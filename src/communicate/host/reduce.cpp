// SPDX-License-Identifier: Apache-2.0
#include "communicate/host/reduce.hpp"

#include "communicate/element_type.hpp"
#include "communicate/host/blocks.hpp"
#include "communicate/host/default_floats.hpp"

#include <algorithm>

namespace septet {
namespace {

/// One block of every rank.
template <typename Isa, Reduction reduction, typename Element>
void reduce_block(std::byte* to, const Sources& from, std::size_t count) noexcept {
  Block<Accumulator<Element>> accumulators, one, another;
  const auto read = [&](int rank, auto& room) {
    return numbers_of<Isa, Element>(from.of(rank), room, count);
  };
  const Accumulator<Element>* left = read(0, accumulators);
  int rank = 1;
  if (from.ranks % 2 == 0) {
    combine_block<Isa, reduction>(accumulators.begin(), left, read(rank++, one), count);
    left = accumulators.begin();
  }
  for (; rank < from.ranks; rank += 2) {
    combine_block<Isa, reduction>(accumulators.begin(), left, read(rank, one),
                                  read(rank + 1, another), count);
    left = accumulators.begin();
  }
  finish_block<Isa, reduction, Element>(to, left, from.ranks, count);
}

template <typename Isa, Reduction reduction, typename Element>
void reduce_piece(std::byte* to, Sources from, std::size_t count) noexcept {
  while (count > 0) {
    const std::size_t now = std::min(count, Block<Accumulator<Element>>::most);
    reduce_block<Isa, reduction, Element>(to, from, now);
    count -= now;
    to += now * sizeof(Element);
    from.advance(now * sizeof(Element));
  }
}

template <typename Isa, typename Element>
void scale_piece(std::byte* to, const std::byte* from, std::size_t count, Element factor) noexcept {
  while (count > 0) {
    Block<Accumulator<Element>> block;
    const std::size_t now = std::min(count, block.most);
    load_block<Isa, Element>(block, from, now);
    multiply_block<Isa>(block.begin(), widened(factor), now);
    finish_block<Isa, Reduction::prod, Element>(to, block.begin(), 1, now);
    count -= now;
    to += now * sizeof(Element);
    from += now * sizeof(Element);
  }
}

}  // namespace

void reduce(std::byte* to, const Sources& from, std::size_t count, DataType type,
            Reduction reduction, Instructions instructions) noexcept {
  const DefaultFloats floats;
  with_instructions(instructions, [&](auto isa) {
    with_type_and_reduction(type, reduction, [&](auto element, auto constant) {
      using Element = typename decltype(element)::type;
      reduce_piece<decltype(isa), decltype(constant)::value, Element>(to, from, count);
    });
  });
}

void scale(std::byte* to, const std::byte* from, std::size_t count, DataType type,
           const void* factor, Instructions instructions) noexcept {
  const DefaultFloats floats;
  with_instructions(instructions, [&](auto isa) {
    with_type(type, [&](auto element) {
      using Element = typename decltype(element)::type;
      const auto by = load<Element>(static_cast<const std::byte*>(factor), 0);
      scale_piece<decltype(isa)>(to, from, count, by);
    });
  });
}

void reduce(std::byte* to, const Sources& from, std::size_t count, DataType type,
            Reduction reduction) noexcept {
  reduce(to, from, count, type, reduction, fastest_instructions());
}

void scale(std::byte* to, const std::byte* from, std::size_t count, DataType type,
           const void* factor) noexcept {
  scale(to, from, count, type, factor, fastest_instructions());
}

}  // namespace septet
