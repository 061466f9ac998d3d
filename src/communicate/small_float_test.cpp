// SPDX-License-Identifier: Apache-2.0
// Every value of the small floats, against a slow reference that computes in double.
#include "communicate/small_float.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

namespace septet {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

/// A format, as its specification describes it.
struct Format {
  int width;
  int mantissa_bits;
  bool has_infinity;
  bool saturates;

  [[nodiscard]] int bias() const { return (1 << (width - 2 - mantissa_bits)) - 1; }
  [[nodiscard]] unsigned nan() const {
    return has_infinity ? infinity() | 1U << (mantissa_bits - 1) : sign() - 1;
  }
  [[nodiscard]] unsigned sign() const { return 1U << (width - 1); }
  [[nodiscard]] unsigned infinity() const { return (sign() - 1) >> mantissa_bits << mantissa_bits; }
  [[nodiscard]] unsigned largest() const { return (has_infinity ? infinity() : nan()) - 1; }

  /// The number whose bits, without a sign, are `bits`.
  [[nodiscard]] double value_of(unsigned bits) const {
    const unsigned mantissa = bits & ((1U << mantissa_bits) - 1);
    const auto exponent = static_cast<int>(bits >> mantissa_bits);
    const double fraction = std::ldexp(mantissa, -mantissa_bits);
    return exponent == 0 ? std::ldexp(fraction, 1 - bias())
                         : std::ldexp(1 + fraction, exponent - bias());
  }
};

template <typename Small>
constexpr Format format{};
template <>
constexpr Format format<Float16>{16, 10, true, false};
template <>
constexpr Format format<BFloat16>{16, 7, true, false};
template <>
constexpr Format format<Float8E4M3>{8, 3, false, true};
template <>
constexpr Format format<Float8E5M2>{8, 2, true, true};

template <typename Small>
class SmallFloats : public testing::Test {
 protected:
  static constexpr const Format& f = format<Small>;

  static unsigned rounded(double value) { return Small::rounded(static_cast<float>(value)).bits; }
  static Small of(unsigned bits) { return {static_cast<decltype(Small::bits)>(bits)}; }

  /// Both signs of `value` are rounded to `bits` and that with a sign.
  static void expect_rounded(double value, unsigned bits) {
    EXPECT_EQ(rounded(value), bits) << std::hexfloat << value;
    EXPECT_EQ(rounded(-value), bits | f.sign()) << std::hexfloat << -value;
  }
};
using All = testing::Types<Float16, BFloat16, Float8E4M3, Float8E5M2>;
TYPED_TEST_SUITE(SmallFloats, All);

TYPED_TEST(SmallFloats, AreReadExactly) {
  for (unsigned bits = 0; bits <= this->f.largest(); ++bits) {
    const double value = this->f.value_of(bits);
    ASSERT_EQ(this->of(bits).widened(), value);
    ASSERT_EQ(this->of(bits | this->f.sign()).widened(), -value);
    ASSERT_EQ(std::signbit(this->of(bits | this->f.sign()).widened()), true);
  }
}

TYPED_TEST(SmallFloats, ComeBackFromFloatAsTheyWere) {
  for (unsigned bits = 0; bits < 2 * this->f.sign(); ++bits) {
    const float value = this->of(bits).widened();
    const unsigned magnitude = bits & (this->f.sign() - 1);
    const bool is_nan =
        magnitude > this->f.largest() && !(this->f.has_infinity && magnitude == this->f.infinity());
    ASSERT_EQ(std::isnan(value), is_nan) << bits;
    ASSERT_EQ(this->rounded(value), is_nan ? this->f.nan() : bits);
  }
}

TYPED_TEST(SmallFloats, RoundToTheNearestAndHalvesToEven) {
  for (unsigned bits = 0; bits < this->f.largest(); ++bits) {
    const double here = this->f.value_of(bits);
    const double next = this->f.value_of(bits + 1);
    const auto half = static_cast<float>((here + next) / 2);
    ASSERT_EQ(half, (here + next) / 2);
    this->expect_rounded(here, bits);
    this->expect_rounded(std::nextafter(half, 0.0F), bits);
    this->expect_rounded(half, bits + bits % 2);
    this->expect_rounded(std::nextafter(half, infinity), bits + 1);
    this->expect_rounded(std::nextafter(static_cast<float>(next), 0.0F), bits + 1);
  }
}

TYPED_TEST(SmallFloats, RoundAnyFloatAsTheReferenceDoes) {
  std::mt19937 random(7);
  for (int i = 0; i < 200'000; ++i) {
    const double value = float_of(random() & 0x7fffffff);
    if (std::isnan(value) || value > this->f.value_of(this->f.largest())) continue;
    const unsigned bits = this->rounded(value);
    const double error = std::abs(value - this->f.value_of(bits));
    const unsigned below = bits > 0 ? bits - 1 : bits + 1;
    const unsigned above = bits < this->f.largest() ? bits + 1 : bits - 1;
    ASSERT_LE(error, std::abs(value - this->f.value_of(below))) << value;
    ASSERT_LE(error, std::abs(value - this->f.value_of(above))) << value;
  }
}

TYPED_TEST(SmallFloats, OverflowToInfinityOrSaturate) {
  const double largest = this->f.value_of(this->f.largest());
  const double step = largest - this->f.value_of(this->f.largest() - 1);
  const auto threshold = static_cast<float>(largest + step / 2);
  const unsigned beyond = this->f.saturates ? this->f.largest() : this->f.infinity();
  this->expect_rounded(std::nextafter(threshold, 0.0F), this->f.largest());
  this->expect_rounded(threshold, beyond);
  this->expect_rounded(std::nextafter(threshold, infinity), beyond);
  this->expect_rounded(std::numeric_limits<float>::max(), beyond);
  this->expect_rounded(infinity, this->f.has_infinity ? this->f.infinity() : this->f.largest());
}

TYPED_TEST(SmallFloats, HaveOneNanThatTheyAreRoundedTo) {
  for (const std::uint32_t bits : {0x7fc00000U, 0xffc00000U, 0x7f800001U, 0xffffffffU}) {
    EXPECT_EQ(TypeParam::rounded(float_of(bits)).bits, this->f.nan());
  }
  EXPECT_TRUE(std::isnan(TypeParam::rounded(nan).widened()));
}

TYPED_TEST(SmallFloats, KeepTheSignOfWhatIsTooSmallForThem) {
  this->expect_rounded(0.0, 0);
  this->expect_rounded(std::numeric_limits<float>::denorm_min(), 0);
}

TEST(SmallFloat, HasTheBitsOfTheSpecification) {
  EXPECT_EQ(Float16::rounded(1.0F).bits, 0x3c00);
  EXPECT_EQ(Float16::rounded(65504.0F).bits, 0x7bff);
  EXPECT_EQ(BFloat16::rounded(1.0F).bits, 0x3f80);
  EXPECT_EQ(Float8E4M3::rounded(448.0F).bits, 0x7e);
  EXPECT_EQ(Float8E4M3::rounded(1.0F).bits, 0x38);
  EXPECT_EQ(Float8E4M3::rounded(nan).bits, 0x7f);
  EXPECT_EQ(Float8E5M2::rounded(57344.0F).bits, 0x7b);
  EXPECT_EQ(Float8E5M2::rounded(infinity).bits, 0x7c);
}

}  // namespace
}  // namespace septet
