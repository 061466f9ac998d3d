// SPDX-License-Identifier: Apache-2.0
#include "sweep/dimension.hpp"

#include <septet/error.hpp>

#include <gmock/gmock.h>

namespace septet {
namespace {

using testing::ElementsAre;

Space mixed() {
  Space space;
  space.axes = {link({parse_axis("model=a,b,a"), parse_axis("size=1,\"2,3\",1")}),
                parse_axis("bs=32,64")};
  space.random = {parse_random("lr=loguniform(1e-4,1e-1)")};
  space.searched = true;
  return space;
}

TEST(Dimension, WhatChangesTogetherIsChosenTogether) {
  const auto dimensions = dimensions_of(mixed());
  ASSERT_EQ(dimensions.size(), 3U);
  EXPECT_EQ(dimensions[0].name, "model,size");
  EXPECT_THAT(dimensions[0].choices, ElementsAre("a,1", "b,\"2,3\""));
  EXPECT_THAT(dimensions[1].choices, ElementsAre("32", "64"));
  EXPECT_EQ(dimensions[2].law, Law::loguniform);
  EXPECT_EQ(dimensions[2].low, 1e-4);
}

TEST(Dimension, ValuesBecomeParametersAndBack) {
  const auto space = mixed();
  const std::vector<std::string> values{"b,\"2,3\"", "64", "0.001"};
  const auto parameters = chosen_parameters(space, values);
  EXPECT_THAT(parameters, ElementsAre(Parameter{"model", "b"}, Parameter{"size", "2,3"},
                                      Parameter{"bs", "64"}, Parameter{"lr", "0.001"}));
  EXPECT_EQ(chosen_values(space, parameters), values);
}

TEST(Dimension, ParametersOfAnotherSpaceHaveNoValues) {
  EXPECT_EQ(chosen_values(mixed(), {{"model", "b"}, {"size", "1"}}), std::nullopt);
  EXPECT_EQ(chosen_values(mixed(), {}), std::nullopt);
}

TEST(Dimension, AChoiceThatIsNoTextIsRefused) {
  Space space;
  space.axes = {{.names = {"x"}, .rows = {{"\xff"}}}};
  EXPECT_THROW(static_cast<void>(dimensions_of(space)), Error);
}

TEST(Dimension, ASearchHasAsManyTrialsAsItDraws) {
  auto space = mixed();
  space.draws = 5;
  EXPECT_EQ(size_of(space), 5U);
  space.searched = false;
  EXPECT_EQ(size_of(space), 30U);
}

}  // namespace
}  // namespace septet
