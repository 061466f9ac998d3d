// SPDX-License-Identifier: Apache-2.0
// The arithmetic of one element, written once for host threads and for CUDA thread blocks. Both get
// the same bits: compile without fast-math, and hosts with -ffp-contract=off.
#pragma once

#include "communicate/both.hpp"
#include "communicate/small_float.hpp"
#include <septet/data_type.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace septet {

/// What elements are combined in: float for the small floats, their own type otherwise.
template <typename Element>
using Accumulator = std::conditional_t<is_small_float<Element>, float, Element>;

template <typename Element>
[[nodiscard]] SEPTET_BOTH constexpr Accumulator<Element> widened(Element element) noexcept {
  if constexpr (is_small_float<Element>) {
    return element.widened();
  } else {
    return element;
  }
}

// A constant, since devices may not call functions of std.
template <typename Float>
inline constexpr Float quiet_nan = std::numeric_limits<Float>::quiet_NaN();

/// Rounds to nearest even. A NaN loses its sign and payload: on those, compilers and devices
/// differ.
template <typename Element>
[[nodiscard]] SEPTET_BOTH constexpr Element narrowed(Accumulator<Element> value) noexcept {
  if constexpr (is_small_float<Element>) {
    return Element::rounded(value);
  } else if constexpr (std::is_floating_point_v<Element>) {
    return pick(value == value, value, quiet_nan<Element>);
  } else {
    return value;
  }
}

/// Operations of accumulators. Integers wrap: they are added and multiplied as unsigned numbers of
/// at least 32 bits, which the language does not promote to int.
namespace arithmetic {

template <typename Integer>
using Wrapping = std::make_unsigned_t<std::conditional_t<(sizeof(Integer) < 4), int, Integer>>;

template <typename Number>
[[nodiscard]] SEPTET_BOTH Number sum(Number a, Number b) noexcept {
  if constexpr (std::is_floating_point_v<Number>) {
    return a + b;
  } else {
    using Wide = Wrapping<Number>;
    return static_cast<Number>(static_cast<Wide>(a) + static_cast<Wide>(b));
  }
}

/// Never fused with a sum that follows: on hosts the build sees to that.
template <typename Number>
[[nodiscard]] SEPTET_BOTH Number product(Number a, Number b) noexcept {
  if constexpr (std::is_integral_v<Number>) {
    using Wide = Wrapping<Number>;
    return static_cast<Number>(static_cast<Wide>(a) * static_cast<Wide>(b));
  } else {
#ifdef __CUDA_ARCH__
    if constexpr (sizeof(Number) == 4) {
      return __fmul_rn(a, b);
    } else {
      return __dmul_rn(a, b);
    }
#else
    return a * b;
#endif
  }
}

/// Integers are truncated towards zero. Those of up to 32 bits are divided as floats that have room
/// for them, which hosts can vectorise. That is exact: the quotient is at least 1/divisor away from
/// the next integer, if not on it, and the float is nearer. Requires: divisor < 2^24.
template <typename Number>
[[nodiscard]] SEPTET_BOTH Number quotient(Number a, int divisor) noexcept {
  using Narrow = std::conditional_t<(sizeof(Number) < 4), float, double>;
  using Wide =
      std::conditional_t<std::is_integral_v<Number> && sizeof(Number) <= 4, Narrow, Number>;
  return static_cast<Number>(static_cast<Wide>(a) / static_cast<Wide>(divisor));
}

/// Whether max or min is `a`, and not b. A number wins over NaN.
template <Reduction reduction, typename Number>
[[nodiscard]] SEPTET_BOTH bool wins(Number a, Number b) noexcept {
  return (reduction == Reduction::max ? a > b : a < b) | (b != b);
}

/// Max or min. +0 is larger than -0, in whatever order they come, as IEEE 754 has it.
template <Reduction reduction, typename Number>
[[nodiscard]] SEPTET_BOTH Number extreme(Number a, Number b) noexcept {
  if constexpr (std::is_integral_v<Number>) {
    return pick(wins<reduction>(a, b), a, b);
  } else {
    using Bits = std::conditional_t<sizeof(Number) == 4, std::uint32_t, std::uint64_t>;
    const Bits bits_a = __builtin_bit_cast(Bits, a);
    const Bits bits_b = __builtin_bit_cast(Bits, b);
    // Equal numbers have the same bits, but for the sign of zeros.
    const Bits merged = reduction == Reduction::max ? bits_a & bits_b : bits_a | bits_b;
    const Bits winner = pick(wins<reduction>(a, b), bits_a, bits_b);
    return __builtin_bit_cast(Number, pick(a == b, merged, winner));
  }
}

}  // namespace arithmetic

/// `accumulated` with one more element. `avg` sums here.
template <Reduction reduction, typename Number>
[[nodiscard]] SEPTET_BOTH Number combine(Number accumulated, Number next) noexcept {
  if constexpr (reduction == Reduction::sum || reduction == Reduction::avg) {
    return arithmetic::sum(accumulated, next);
  } else if constexpr (reduction == Reduction::prod) {
    return arithmetic::product(accumulated, next);
  } else {
    return arithmetic::extreme<reduction>(accumulated, next);
  }
}

/// The element that becomes of the accumulator of all `ranks`.
template <Reduction reduction, typename Element>
[[nodiscard]] SEPTET_BOTH Element finish(Accumulator<Element> accumulated, int ranks) noexcept {
  if constexpr (reduction == Reduction::avg) {
    return narrowed<Element>(arithmetic::quotient(accumulated, ranks));
  } else {
    return narrowed<Element>(accumulated);
  }
}

/// factor * element, rounded to their type: what a pre-multiplied sum adds.
template <typename Element>
[[nodiscard]] SEPTET_BOTH Element scaled(Element element, Element factor) noexcept {
  return narrowed<Element>(arithmetic::product(widened(element), widened(factor)));
}

/// The elements that one of several workers takes: first, first + step, … below count.
struct Share {
  std::size_t first;
  std::size_t step;
  std::size_t count;
};

/// to[i] = reduction over ranks r, in their order, of piece_of(r)[i], for each i of `share`.
/// `piece_of` takes an int and returns a `const Element*`. `to` may be one of the pieces.
template <Reduction reduction, typename Element, typename PieceOf>
SEPTET_BOTH void reduce_elements(Element* to, PieceOf piece_of, int ranks, Share share) noexcept {
  for (std::size_t i = share.first; i < share.count; i += share.step) {
    Accumulator<Element> accumulated = widened(piece_of(0)[i]);
    for (int rank = 1; rank < ranks; ++rank) {
      accumulated = combine<reduction>(accumulated, widened(piece_of(rank)[i]));
    }
    to[i] = finish<reduction, Element>(accumulated, ranks);
  }
}

/// to[i] = factor * from[i] for each i of `share`. `to` and `from` may be equal.
template <typename Element>
SEPTET_BOTH void scale_elements(Element* to, const Element* from, Element factor,
                                Share share) noexcept {
  for (std::size_t i = share.first; i < share.count; i += share.step) {
    to[i] = scaled(from[i], factor);
  }
}

}  // namespace septet
