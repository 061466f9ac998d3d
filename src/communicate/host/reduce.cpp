// SPDX-License-Identifier: Apache-2.0
#include "communicate/host/reduce.hpp"

#include "communicate/element_type.hpp"
#include "communicate/host/blocks.hpp"
#include "communicate/host/copy.hpp"
#include "communicate/host/default_floats.hpp"

#include <algorithm>
#include <cstring>

namespace septet {
namespace {

/// One block of every rank: three at a time, of which the last become what goes `to` its place.
template <typename Isa, Reduction reduction, typename Element>
void reduce_block(std::byte* to, const Pieces& from, std::size_t count) noexcept {
  Block<Accumulator<Element>> accumulators, one, another;
  const auto read = [&](int rank, auto& room) {
    return numbers_of<Isa, Element>(from.of(rank), room, count);
  };
  const auto finish = [&](const auto*... numbers) {
    finish_block<Isa, reduction, Element>(to, from.ranks, count, numbers...);
  };
  const auto combine = [&](const auto*... numbers) {
    combine_block<Isa, reduction>(accumulators.begin(), count, numbers...);
    return accumulators.begin();
  };
  const Accumulator<Element>* left = read(0, accumulators);
  if (from.ranks == 1) return finish(left);
  if (from.ranks == 2) return finish(left, read(1, one));
  int rank = 1;
  if (from.ranks % 2 == 0) left = combine(left, read(rank++, one));
  for (; rank + 2 < from.ranks; rank += 2) {
    left = combine(left, read(rank, one), read(rank + 1, another));
  }
  finish(left, read(rank, one), read(rank + 1, another));
}

/// Copies the first `bytes` of the place of rank `done` to the others.
void spread(const Places& to, int done, std::size_t bytes) noexcept {
  const std::byte* from = to.of(done);
  for (int rank = done + 1; rank < to.ranks; ++rank) {
    if (rank != to.besides) std::memcpy(to.of(rank), from, bytes);
  }
  if (to.buffer == nullptr) return;
  if (to.past_cache) {
    stream(to.buffer, from, bytes, from);
  } else {
    std::memcpy(to.buffer, from, bytes);
  }
}

/// Block by block, so that what is copied is still in the first-level cache.
template <typename Isa, Reduction reduction, typename Element>
void reduce_piece(Places to, Pieces from, std::size_t count) noexcept {
  const int first = to.besides == 0 ? 1 : 0;
  while (count > 0) {
    const std::size_t now = std::min(count, Block<Accumulator<Element>>::most);
    const std::size_t bytes = now * sizeof(Element);
    reduce_block<Isa, reduction, Element>(to.of(first), from, now);
    spread(to, first, bytes);
    count -= now;
    to.advance(bytes);
    from.advance(bytes);
  }
  if (to.past_cache) end_streams();
}

template <typename Isa, typename Element>
void scale_piece(std::byte* to, const std::byte* from, std::size_t count, Element factor) noexcept {
  while (count > 0) {
    Block<Accumulator<Element>> block;
    const std::size_t now = std::min(count, block.most);
    load_block<Isa, Element>(block, from, now);
    multiply_block<Isa>(block.begin(), widened(factor), now);
    finish_block<Isa, Reduction::prod, Element>(to, 1, now, block.begin());
    count -= now;
    to += now * sizeof(Element);
    from += now * sizeof(Element);
  }
}

}  // namespace

void reduce(const Places& to, const Pieces& from, std::size_t count, DataType type,
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

void reduce(const Places& to, const Pieces& from, std::size_t count, DataType type,
            Reduction reduction) noexcept {
  reduce(to, from, count, type, reduction, fastest_instructions());
}

void scale(std::byte* to, const std::byte* from, std::size_t count, DataType type,
           const void* factor) noexcept {
  scale(to, from, count, type, factor, fastest_instructions());
}

}  // namespace septet
