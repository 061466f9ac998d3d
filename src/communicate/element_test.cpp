// SPDX-License-Identifier: Apache-2.0
#include "communicate/element.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>

namespace septet {
namespace {

template <typename Float>
constexpr Float infinity = std::numeric_limits<Float>::infinity();

/// What ranks with these elements get.
template <Reduction reduction, typename Element>
Element reduced(std::initializer_list<Element> elements) {
  Element to{};
  reduce_elements<reduction>(
      &to, [&](int rank) { return elements.begin() + rank; }, static_cast<int>(elements.size()),
      Share{0, 1, 1});
  return to;
}

TEST(Element, IntegersWrap) {
  EXPECT_EQ((reduced<Reduction::sum, std::int8_t>({127, 1})), -128);
  EXPECT_EQ((reduced<Reduction::sum, std::uint8_t>({255, 2})), 1);
  EXPECT_EQ((reduced<Reduction::sum, std::int32_t>({2147483647, 1})), -2147483648);
  EXPECT_EQ((reduced<Reduction::prod, std::int8_t>({-128, -1})), -128);
  EXPECT_EQ((reduced<Reduction::prod, std::uint16_t>({65535, 65535})), 1);
  EXPECT_EQ((reduced<Reduction::prod, std::int16_t>({-32768, 32767})), -32768);
  EXPECT_EQ((reduced<Reduction::prod, std::int64_t>({std::int64_t{1} << 62, 4})), 0);
}

TEST(Element, MeansOfIntegersAreTruncatedTowardsZeroAfterTheSumHasWrapped) {
  EXPECT_EQ((reduced<Reduction::avg, std::int32_t>({-4, -3})), -3);
  EXPECT_EQ((reduced<Reduction::avg, std::int8_t>({-1, 0, -1})), 0);
  EXPECT_EQ((reduced<Reduction::avg, std::int8_t>({127, 1})), -64);
  EXPECT_EQ((reduced<Reduction::avg, std::uint8_t>({200, 100})), 22);
  EXPECT_EQ((reduced<Reduction::avg, std::uint64_t>({~std::uint64_t{0}, 0})),
            ~std::uint64_t{0} / 2);
}

TEST(Element, MeansOfMoreRanksThanTheTypeCanCountAreRight) {
  std::int8_t mean = 0;
  const std::int8_t one = -1;
  reduce_elements<Reduction::avg>(&mean, [&](int) { return &one; }, 256, Share{0, 1, 1});
  EXPECT_EQ(mean, 0);  // The sum wraps to 0.
  reduce_elements<Reduction::avg>(&mean, [&](int) { return &one; }, 128, Share{0, 1, 1});
  EXPECT_EQ(mean, -1);
}

TEST(Element, ExtremesOfIntegersMindTheSign) {
  EXPECT_EQ((reduced<Reduction::max, std::int8_t>({-1, 1, 0})), 1);
  EXPECT_EQ((reduced<Reduction::min, std::int8_t>({-1, 1, 0})), -1);
  EXPECT_EQ((reduced<Reduction::max, std::uint64_t>({~std::uint64_t{0}, 1})), ~std::uint64_t{0});
  EXPECT_EQ((reduced<Reduction::min, std::uint16_t>({65535, 1})), 1);
}

TEST(Element, SmallFloatsAreRoundedOnce) {
  // In float16 itself each 1 would be lost: 2048 + 1 rounds to 2048.
  const auto of = [](float value) { return Float16::rounded(value); };
  const Float16 sum = reduced<Reduction::sum, Float16>({of(2048), of(1), of(1), of(1)});
  EXPECT_EQ(sum.widened(), 2052.0F);  // 2051 is half-way: to even.
  // 300 + 300 is beyond the largest E4M3, 448, but -300 brings it back.
  const auto small = [](float value) { return Float8E4M3::rounded(value); };
  EXPECT_EQ((reduced<Reduction::sum, Float8E4M3>({small(288), small(288), small(-288)}).bits),
            small(288).bits);
  EXPECT_EQ((reduced<Reduction::sum, Float8E4M3>({small(288), small(288)}).widened()), 448.0F);
}

TEST(Element, SumsGoByTheOrderOfRanks) {
  EXPECT_EQ((reduced<Reduction::sum, float>({1e30F, -1e30F, 1.0F})), 1.0F);
  EXPECT_EQ((reduced<Reduction::sum, float>({1e30F, 1.0F, -1e30F})), 0.0F);
}

TEST(Element, MeansAreDividedOnce) {
  EXPECT_EQ((reduced<Reduction::avg, float>({1.0F, 1.0F, 0.0F})), 2.0F / 3.0F);
  EXPECT_EQ((reduced<Reduction::avg, double>({1.0, 0.0, 0.0})), 1.0 / 3.0);
}

TEST(Element, SubnormalFloatsAreNotFlushed) {
  constexpr float least = std::numeric_limits<float>::denorm_min();
  EXPECT_EQ((reduced<Reduction::sum, float>({least, least})), 2 * least);
  constexpr BFloat16 least_bfloat16{1};
  EXPECT_EQ((reduced<Reduction::sum, BFloat16>({least_bfloat16, least_bfloat16}).bits), 2);
}

template <typename Float>
class FloatElement : public testing::Test {};
using Floats = testing::Types<float, double, Float16, BFloat16, Float8E5M2, Float8E4M3>;
TYPED_TEST_SUITE(FloatElement, Floats);

TYPED_TEST(FloatElement, NumbersWinOverNan) {
  const auto of = [](float value) { return narrowed<TypeParam>(value); };
  const TypeParam nan = of(quiet_nan<float>);
  for (const float x : {-1.0F, 0.0F, 2.0F}) {
    EXPECT_EQ(widened(reduced<Reduction::max, TypeParam>({of(x), nan})), x);
    EXPECT_EQ(widened(reduced<Reduction::max, TypeParam>({nan, of(x)})), x);
    EXPECT_EQ(widened(reduced<Reduction::min, TypeParam>({nan, of(x), nan})), x);
    EXPECT_TRUE(std::isnan(widened(reduced<Reduction::sum, TypeParam>({nan, of(x)}))));
    EXPECT_TRUE(std::isnan(widened(reduced<Reduction::prod, TypeParam>({of(x), nan}))));
  }
  EXPECT_TRUE(std::isnan(widened(reduced<Reduction::max, TypeParam>({nan, nan}))));
}

TYPED_TEST(FloatElement, PlusZeroIsLargerThanMinusZero) {
  const auto zero = narrowed<TypeParam>(0.0F);
  const auto minus = narrowed<TypeParam>(-0.0F);
  const auto is_minus = [](TypeParam x) { return std::signbit(widened(x)); };
  EXPECT_FALSE(is_minus(reduced<Reduction::max, TypeParam>({zero, minus})));
  EXPECT_FALSE(is_minus(reduced<Reduction::max, TypeParam>({minus, zero})));
  EXPECT_TRUE(is_minus(reduced<Reduction::min, TypeParam>({zero, minus})));
  EXPECT_TRUE(is_minus(reduced<Reduction::min, TypeParam>({minus, zero})));
  EXPECT_FALSE(is_minus(reduced<Reduction::sum, TypeParam>({zero, minus})));
  EXPECT_TRUE(is_minus(reduced<Reduction::sum, TypeParam>({minus, minus})));
}

TYPED_TEST(FloatElement, AreScaledAndRounded) {
  const auto of = [](float value) { return narrowed<TypeParam>(value); };
  EXPECT_EQ(widened(scaled(of(3.0F), of(0.5F))), 1.5F);
  EXPECT_TRUE(std::isnan(widened(scaled(of(quiet_nan<float>), of(0.0F)))));
}

TEST(Element, InfinitiesAreKept) {
  for (const float sign : {1.0F, -1.0F}) {
    const float value = sign * infinity<float>;
    EXPECT_EQ((reduced<Reduction::sum, float>({value, 1.0F})), value);
    const auto e5m2 = Float8E5M2::rounded(value);
    EXPECT_EQ((reduced<Reduction::sum, Float8E5M2>({e5m2, Float8E5M2{0}}).widened()), value);
  }
  const float difference = reduced<Reduction::sum, float>({infinity<float>, -infinity<float>});
  EXPECT_EQ(bits_of(difference), 0x7fc00000U);
}

TEST(Element, ScaledIntegersWrap) {
  EXPECT_EQ(scaled<std::int8_t>(64, 2), -128);
  EXPECT_EQ(scaled<std::uint16_t>(65535, 65535), 1);
}

TEST(Element, SharesOfAllWorkersMakeTheWhole) {
  const std::array<float, 7> from{1, 2, 3, 4, 5, 6, 7};
  std::array<float, 7> to{};
  for (std::size_t worker = 0; worker < 3; ++worker) {
    scale_elements(to.data(), from.data(), 2.0F, Share{worker, 3, from.size()});
  }
  EXPECT_EQ(to, (std::array<float, 7>{2, 4, 6, 8, 10, 12, 14}));
}

}  // namespace
}  // namespace septet
