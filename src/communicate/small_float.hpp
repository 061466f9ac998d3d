// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/both.hpp"

#include <cstdint>
#include <type_traits>

namespace septet {

[[nodiscard]] SEPTET_BOTH constexpr std::uint32_t bits_of(float value) noexcept {
  return __builtin_bit_cast(std::uint32_t, value);
}

[[nodiscard]] SEPTET_BOTH constexpr float float_of(std::uint32_t bits) noexcept {
  return __builtin_bit_cast(float, bits);
}

/// The value that is picked, without a branch: GCC turns `?:` into a jump when an arm could be left
/// out, and a loop with a jump is not vectorised.
template <typename Value>
[[nodiscard]] SEPTET_BOTH constexpr Value pick(bool first, Value a, Value b) noexcept {
  return first ? a : b;
}

/// What the largest numbers of a format are followed by, and what a float beyond them becomes.
enum class Top : std::uint8_t {
  infinity,            ///< Infinity, as IEEE 754 has it.
  infinity_saturated,  ///< There is an infinity, but a finite float becomes the largest number.
  nan_saturated,       ///< A single NaN; every float but NaN becomes at most the largest number.
};

/// A floating point number of 8 or 16 bits: a sign, an exponent and `mantissa_bits`, as IEEE 754
/// lays them out, subnormal numbers included. It only stores: sums are made in float.
///
/// All steps are operations of integers, and one of floats that rounds to nearest even if at all,
/// so hosts and devices agree on every bit. The rounding mode must be the default one.
template <typename Bits, int mantissa_bits, Top top>
struct SmallFloat {
  Bits bits;

  /// Exact, infinities and NaN included.
  [[nodiscard]] SEPTET_BOTH constexpr float widened() const noexcept {
    if constexpr (has_exponent_of_float) {
      return float_of(std::uint32_t{bits} << dropped_bits);
    } else {
      const std::uint32_t magnitude = bits & magnitude_mask;
      const std::uint32_t sign = bits & ~magnitude_mask;
      return float_of(widened(magnitude) | sign << (32 - width));
    }
  }

  /// The nearest number, the even one of two. Every NaN becomes the one without sign and payload.
  [[nodiscard]] SEPTET_BOTH static constexpr SmallFloat rounded(float value) noexcept {
    const std::uint32_t magnitude = bits_of(value) & 0x7fffffff;
    const std::uint32_t sign = (bits_of(value) ^ magnitude) >> (32 - width);
    const std::uint32_t limited = at_most(limit, rounded(magnitude));
    const std::uint32_t number = sign | pick(is_kept(magnitude), infinity, limited);
    return {static_cast<Bits>(pick(is_less(float_infinity, magnitude), nan, number))};
  }

 private:
  static constexpr int width = 8 * sizeof(Bits);
  static constexpr std::uint32_t magnitude_mask = (1U << (width - 1)) - 1;
  static constexpr std::uint32_t exponent_ones = (1U << (width - 1 - mantissa_bits)) - 1;
  static constexpr std::uint32_t bias = exponent_ones / 2;
  static constexpr int dropped_bits = 23 - mantissa_bits;  ///< That a float has more.
  static constexpr bool has_exponent_of_float = bias == 127;

  static constexpr std::uint32_t infinity = exponent_ones << mantissa_bits;
  static constexpr std::uint32_t nan =
      top == Top::nan_saturated ? magnitude_mask : infinity | 1U << (mantissa_bits - 1);
  static constexpr std::uint32_t limit = top == Top::infinity             ? infinity
                                         : top == Top::infinity_saturated ? infinity - 1
                                                                          : nan - 1;

  /// As bits of floats: infinity, and the smallest normal number of this format.
  static constexpr std::uint32_t float_infinity = 0x7f800000;
  static constexpr std::uint32_t smallest_normal = (128 - bias) << 23;

  /// Of numbers below 2^31: x86 before AVX-512 compares only signed ones.
  SEPTET_BOTH static constexpr bool is_less(std::uint32_t a, std::uint32_t b) {
    return static_cast<std::int32_t>(a) < static_cast<std::int32_t>(b);
  }

  SEPTET_BOTH static constexpr std::uint32_t at_most(std::uint32_t most, std::uint32_t value) {
    return pick(value < most, value, most);
  }

  /// Infinity stays what it is, though finite numbers are saturated.
  SEPTET_BOTH static constexpr bool is_kept(std::uint32_t magnitude) {
    return top == Top::infinity_saturated && magnitude == float_infinity;
  }

  SEPTET_BOTH static constexpr std::uint32_t widened(std::uint32_t magnitude) {
    const std::uint32_t shifted = magnitude << dropped_bits;
    // A subnormal number gets the leading one of the smallest normal number, which is then taken
    // away again: exact, and no float in it is subnormal.
    const std::uint32_t subnormal =
        bits_of(float_of(shifted + smallest_normal) - float_of(smallest_normal));
    const std::uint32_t normal = shifted + ((127 - bias) << 23);
    const std::uint32_t finite = pick(is_less(magnitude, 1U << mantissa_bits), subnormal, normal);
    const bool is_special = is_less((top == Top::nan_saturated ? nan : infinity) - 1, magnitude);
    return pick(is_special, normal | float_infinity, finite);
  }

  SEPTET_BOTH static constexpr std::uint32_t rounded(std::uint32_t magnitude) {
    const std::uint32_t odd = magnitude >> dropped_bits & 1;
    const std::uint32_t half = (1U << (dropped_bits - 1)) - 1 + odd;
    const std::uint32_t normal = (magnitude - ((127 - bias) << 23) + half) >> dropped_bits;
    if constexpr (has_exponent_of_float) return normal;
    // Adding a number whose last bit weighs what the smallest subnormal number does lets the
    // addition round.
    constexpr std::uint32_t magic = (128 - bias + dropped_bits) << 23;
    const std::uint32_t subnormal = bits_of(float_of(magnitude) + float_of(magic)) - magic;
    return pick(is_less(magnitude, smallest_normal), subnormal, normal);
  }
};

using Float16 = SmallFloat<std::uint16_t, 10, Top::infinity>;
using BFloat16 = SmallFloat<std::uint16_t, 7, Top::infinity>;

/// The 8-bit formats saturate, as NVIDIA's conversions do by default and NCCL's sums with them (PTX
/// has no other conversion to them). E4M3 has no infinities: S.1111.111 is NaN, 448 the largest.
using Float8E4M3 = SmallFloat<std::uint8_t, 3, Top::nan_saturated>;
using Float8E5M2 = SmallFloat<std::uint8_t, 2, Top::infinity_saturated>;

template <typename Element>
inline constexpr bool is_small_float = false;
template <typename Bits, int mantissa_bits, Top top>
inline constexpr bool is_small_float<SmallFloat<Bits, mantissa_bits, top>> = true;

}  // namespace septet
