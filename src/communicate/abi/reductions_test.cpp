// SPDX-License-Identifier: Apache-2.0
#include "communicate/abi/reductions.hpp"

#include <septet/error.hpp>

#include <gtest/gtest.h>

#include <cstring>

namespace septet::abi {
namespace {

constexpr ncclDataType_t float32{7};
constexpr ncclScalarResidence_t from_device{0};
constexpr ncclScalarResidence_t immediate{1};

Operation sum_of_floats() {
  return all_reduce(nullptr, nullptr, 0, DataType::float32, Reduction::sum);
}

TEST(Reductions, KeepAFactorAsItWasAtTheCall) {
  Reductions reductions;
  float factor = 2;
  const auto handle = reductions.create(&factor, float32, immediate);
  factor = 3;
  const auto operation = reductions.apply(sum_of_floats(), handle);
  reductions.destroy(handle);
  float kept = 0;
  std::memcpy(&kept, operation.factor.bytes, sizeof kept);
  EXPECT_TRUE(operation.factor.given);
  EXPECT_EQ(kept, 2);
}

TEST(Reductions, LeaveAFactorOfTheDeviceWhereItLies) {
  Reductions reductions;
  const float factor = 2;
  const auto handle = reductions.create(&factor, float32, from_device);
  const auto operation = reductions.apply(sum_of_floats(), handle);
  EXPECT_EQ(operation.scale, &factor);
  EXPECT_FALSE(operation.factor.given);
}

TEST(Reductions, KnowTheHandlesOfAnotherCommunicator) {
  Reductions own;
  Reductions other;
  const float factor = 2;
  const auto foreign = other.create(&factor, float32, immediate);
  (void)own.create(&factor, float32, immediate);
  EXPECT_THROW((void)own.apply(sum_of_floats(), foreign), Error);
}

TEST(Reductions, GiveAHandleAgainOnlyWhenItIsFree) {
  Reductions reductions;
  const float factor = 2;
  const auto first = reductions.create(&factor, float32, immediate);
  const auto second = reductions.create(&factor, float32, immediate);
  EXPECT_NE(first, second);
  reductions.destroy(first);
  EXPECT_EQ(reductions.create(&factor, float32, immediate), first);
}

TEST(Reductions, RefuseWhatIsNone) {
  Reductions reductions;
  const float factor = 2;
  EXPECT_THROW((void)reductions.create(nullptr, float32, immediate), Error);
  EXPECT_THROW((void)reductions.create(&factor, ncclDataType_t{12}, immediate), Error);
  EXPECT_THROW((void)reductions.create(&factor, float32, ncclScalarResidence_t{2}), Error);
  EXPECT_THROW(reductions.destroy(ncclRedOp_t{4}), Error);
  EXPECT_THROW(reductions.destroy(ncclRedOp_t{5}), Error);
}

}  // namespace
}  // namespace septet::abi
