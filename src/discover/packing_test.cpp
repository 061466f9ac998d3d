// SPDX-License-Identifier: Apache-2.0
#include "discover/packing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace septet::simulated {
namespace {

using testing::ElementsAre;
using testing::Optional;

constexpr Piece eighth{1, 1, 7};
constexpr Piece quarter{2, 2, 3};
constexpr Piece half{4, 4, 2};

TEST(Packing, LooksFromTheEndThatItIsTold) {
  EXPECT_THAT(free_starts(quarter, 0, End::high), ElementsAre(4, 2, 0));
  EXPECT_THAT(free_starts(quarter, covered(2, 1), End::low), ElementsAre(0, 4));
}

TEST(Packing, FindsAPlaceForEachInAnyOrder) {
  // First fit in this order fails on hardware: the small ones block both places of the half.
  EXPECT_THAT(pack(std::vector{eighth, eighth, quarter, half}, End::high),
              Optional(ElementsAre(1, 0, 2, 4)));
}

TEST(Packing, SaysSoWhenThereIsNoArrangement) {
  EXPECT_EQ(pack(std::vector{half, half, eighth}, End::high), std::nullopt);
}

/// Whether any assignment of starts works, tried one by one.
bool exists(std::span<const Piece> pieces, std::uint64_t taken) {
  if (pieces.empty()) return true;
  const auto starts = free_starts(pieces.front(), taken, End::low);
  return std::ranges::any_of(starts, [&](int start) {
    return exists(pieces.subspan(1), taken | covered(start, pieces.front().size));
  });
}

TEST(Packing, AgreesWithTryingEverythingForAllSmallSets) {
  constexpr Piece kinds[]{eighth, quarter, half, {2, 2, 4}, {8, 8, 1}};
  int possible = 0;
  for (int code = 0; code < 5 * 5 * 5 * 5 * 5; ++code) {
    std::vector<Piece> pieces;
    for (int rest = code; rest > 0; rest /= 5) {
      pieces.push_back(kinds[static_cast<std::size_t>(rest % 5)]);
    }
    const bool found = pack(pieces, End::high).has_value();
    ASSERT_EQ(found, exists(pieces, 0)) << "set " << code;
    possible += found ? 1 : 0;
  }
  EXPECT_GT(possible, 100);
}

}  // namespace
}  // namespace septet::simulated
