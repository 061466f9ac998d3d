// SPDX-License-Identifier: Apache-2.0
#include "communicate/abi/group.hpp"

#include "communicate/abi/testing_comms.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace septet::abi {
namespace {

/// The sum over all ranks of `value`; what was there before when the call is refused.
float sum_of(ncclComm_t comm, float value) {
  float total = -1;
  (void)ncclAllReduce(&value, &total, 1, float32, sum, comm, nullptr);
  return total;
}

TEST(Group, WorksAtTheOutermostEnd) {
  with_comms(3, [](ncclComm_t comm, int rank) {
    const auto mine = static_cast<float>(rank);
    float total = -1;
    EXPECT_EQ(ncclGroupStart(), ncclSuccess);
    EXPECT_EQ(ncclGroupStart(), ncclSuccess);
    EXPECT_EQ(ncclAllReduce(&mine, &total, 1, float32, sum, comm, nullptr), ncclSuccess);
    EXPECT_EQ(ncclGroupEnd(), ncclSuccess);
    EXPECT_EQ(total, -1);
    EXPECT_EQ(ncclGroupEnd(), ncclSuccess);
    EXPECT_EQ(total, 3);
  });
}

TEST(Group, DoesNothingWhenOneOfItsCallsFailed) {
  with_comms(2, [](ncclComm_t comm, int rank) {
    const auto mine = static_cast<float>(rank);
    float total = -1;
    EXPECT_EQ(ncclGroupStart(), ncclSuccess);
    EXPECT_EQ(ncclAllReduce(&mine, &total, 1, float32, sum, comm, nullptr), ncclSuccess);
    EXPECT_EQ(ncclRecv(nullptr, 1, float32, 0, comm, nullptr), ncclInvalidArgument);
    EXPECT_EQ(ncclGroupEnd(), ncclInvalidArgument);
    EXPECT_EQ(total, -1);
    EXPECT_EQ(sum_of(comm, 1), 2);
  });
}

TEST(Group, CannotEndTwice) { EXPECT_EQ(ncclGroupEnd(), ncclInvalidUsage); }

TEST(Group, MeetsTheRanksOfSeveralCommunicatorsInAnyOrder) {
  std::array<ncclUniqueId, 2> ids{};
  for (auto& id : ids) EXPECT_EQ(ncclGetUniqueId(&id), ncclSuccess);
  in_threads(2, [&](int rank) {
    std::array<ncclComm_t, 2> comms{};
    EXPECT_EQ(ncclGroupStart(), ncclSuccess);
    for (std::size_t i = 0; i < 2; ++i) {
      const std::size_t at = rank == 0 ? i : 1 - i;
      EXPECT_EQ(ncclCommInitRank(&comms[at], 2, ids[at], rank), ncclSuccess);
    }
    EXPECT_EQ(ncclGroupEnd(), ncclSuccess);
    for (auto* const comm : comms) EXPECT_EQ(ncclCommDestroy(comm), ncclSuccess);
  });
}

TEST(Group, HandsOutTheChildrenOfASplitAtItsEnd) {
  with_comms(2, [](ncclComm_t comm, int rank) {
    ncclComm_t child = comm;
    EXPECT_EQ(ncclGroupStart(), ncclSuccess);
    EXPECT_EQ(ncclCommSplit(comm, 0, -rank, &child, nullptr), ncclSuccess);
    EXPECT_EQ(child, nullptr);
    EXPECT_EQ(ncclGroupEnd(), ncclSuccess);
    int own = -1;
    EXPECT_EQ(ncclCommUserRank(child, &own), ncclSuccess);
    EXPECT_EQ(own, 1 - rank);
    EXPECT_EQ(ncclCommDestroy(child), ncclSuccess);
  });
}

}  // namespace
}  // namespace septet::abi
