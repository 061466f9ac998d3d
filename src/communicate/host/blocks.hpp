// SPDX-License-Identifier: Apache-2.0
// The loops over one block of elements, which are all that is compiled for several sets of
// instructions. A block is short enough for its accumulators to stay in the first-level cache while
// the elements of all ranks are added; small floats are widened there, so that the loops which
// combine know numbers alone.
#pragma once

#include "communicate/both.hpp"
#include "communicate/element.hpp"
#include "communicate/host/half.hpp"
#include "communicate/host/instructions.hpp"
#include "communicate/host/memory.hpp"

#include <cstddef>
#include <type_traits>

namespace septet {

/// Room for the numbers of one block. They are filled before they are read, so nothing clears them.
template <typename Number>
class Block {
 public:
  static constexpr std::size_t most = 8192 / sizeof(Number);

  [[nodiscard]] Number* begin() noexcept { return numbers_; }
  [[nodiscard]] std::byte* bytes() noexcept { return reinterpret_cast<std::byte*>(numbers_); }

 private:
  alignas(64) Number numbers_[most];
};

/// Whether half.hpp has what is faster than SmallFloat.
template <typename Isa, typename Element>
inline constexpr bool has_halves = std::is_same_v<Element, Float16> && !std::is_same_v<Isa, Any>;

/// Brings `count` elements at any address into `block`.
template <typename Isa, typename Element>
void load_block(Block<Accumulator<Element>>& block, const std::byte* from,
                std::size_t count) noexcept {
  auto* to = block.begin();
  if constexpr (has_halves<Isa, Element>) {
    widen_halves(to, from, count);
  } else {
    Isa::run([=] {
      for (std::size_t i = 0; i < count; ++i) to[i] = widened(load<Element>(from, i));
    });
  }
}

/// The numbers of `count` aligned elements: where they are, or widened in `block`.
template <typename Isa, typename Element>
const Accumulator<Element>* numbers_of(const std::byte* piece, Block<Accumulator<Element>>& block,
                                       std::size_t count) noexcept {
  if constexpr (is_small_float<Element>) {
    load_block<Isa, Element>(block, piece, count);
    return block.begin();
  } else {
    return reinterpret_cast<const Element*>(piece);
  }
}

/// The first number with the next one, and then with the one after that.
template <Reduction reduction, typename Number>
Number combined(Number first) noexcept {
  return first;
}
template <Reduction reduction, typename Number, typename... Numbers>
Number combined(Number first, Number next, Numbers... rest) noexcept {
  return combined<reduction>(combine<reduction>(first, next), rest...);
}

/// to[i] = what `from` have at i, combined; `to` may be one of them. To take several at a time
/// saves ways of `to` to the cache and back.
template <typename Isa, Reduction reduction, typename Number, typename... Numbers>
void combine_block(Number* to, std::size_t count, const Numbers*... from) noexcept {
  Isa::run([=] {
    SEPTET_INDEPENDENT
    for (std::size_t i = 0; i < count; ++i) to[i] = combined<reduction>(from[i]...);
  });
}

/// numbers[i] = numbers[i] * factor.
template <typename Isa, typename Number>
void multiply_block(Number* numbers, Number factor, std::size_t count) noexcept {
  Isa::run([=] {
    for (std::size_t i = 0; i < count; ++i) numbers[i] = arithmetic::product(numbers[i], factor);
  });
}

/// to[i] = what becomes of accumulator i of all `ranks`: of what `from` have there, combined. `to`
/// may be any address, and one of them.
template <typename Isa, Reduction reduction, typename Element, typename... Numbers>
void finish_block(std::byte* to, int ranks, std::size_t count, const Numbers*... from) noexcept {
  if constexpr (has_halves<Isa, Element>) {
    Block<float> floats;
    finish_block<Isa, reduction, float>(floats.bytes(), ranks, count, from...);
    round_to_halves(to, floats.begin(), count);
  } else {
    Isa::run([=] {
      SEPTET_INDEPENDENT
      for (std::size_t i = 0; i < count; ++i) {
        store(to, i, finish<reduction, Element>(combined<reduction>(from[i]...), ranks));
      }
    });
  }
}

}  // namespace septet
