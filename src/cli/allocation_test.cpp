// SPDX-License-Identifier: Apache-2.0
#include "cli/allocation.hpp"

#include "choose/test_host.hpp"

#include <gtest/gtest.h>

namespace septet::cli {
namespace {

using namespace testing_hosts;

Sight sight_of(Environment environment) {
  return {.environment = std::move(environment), .host = host_of({cut(0, {g1, g1}), whole(1)})};
}

std::string own_position(const Environment& environment) {
  const auto sight = sight_of(environment);
  const auto* slice = own_slice(sight);
  return slice != nullptr ? position(*slice) : "none";
}

TEST(Ranks, AreReadFromEachLauncher) {
  EXPECT_EQ(ranks_of({{"RANK", "3"}, {"WORLD_SIZE", "8"}, {"LOCAL_RANK", "1"}}),
            (Ranks{.told_by = "torchrun", .rank = 3, .size = 8, .local_rank = 1}));
  EXPECT_EQ(ranks_of({{"OMPI_COMM_WORLD_RANK", "3"},
                      {"OMPI_COMM_WORLD_SIZE", "4"},
                      {"OMPI_COMM_WORLD_LOCAL_RANK", "1"},
                      {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"}}),
            (Ranks{.told_by = "Open MPI", .rank = 3, .size = 4, .local_rank = 1, .local_size = 2}));
  EXPECT_EQ(ranks_of({{"PMI_RANK", "1"}, {"PMI_SIZE", "2"}})->told_by, "MPICH");
  EXPECT_EQ(ranks_of({{"SLURM_PROCID", "1"}, {"SLURM_STEP_NUM_TASKS", "2"}})->told_by, "Slurm");
}

TEST(Ranks, OfSeptetGoBeforeThoseThatItSetsForOthers) {
  const Environment both{
      {"SEPTET_RANK", "2"}, {"SEPTET_WORLD_SIZE", "4"}, {"RANK", "2"}, {"WORLD_SIZE", "4"}};
  EXPECT_EQ(ranks_of(both)->told_by, "septet");
}

TEST(Ranks, AreNothingInABatchScriptOrWithHalfOfASet) {
  EXPECT_EQ(ranks_of({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "4"}}), std::nullopt);
  EXPECT_EQ(ranks_of({{"RANK", "0"}}), std::nullopt);
  EXPECT_EQ(ranks_of({{"RANK", "zero"}, {"WORLD_SIZE", "1"}}), std::nullopt);
}

TEST(OwnSlice, IsTheLeasedOneThenTheFirstThatIsChosen) {
  EXPECT_EQ(own_position({{"SEPTET_SLICE", "MIG-0-1"}, {"CUDA_VISIBLE_DEVICES", "MIG-0-0"}}),
            "0:1");
  EXPECT_EQ(own_position({{"CUDA_VISIBLE_DEVICES", "MIG-0-1,MIG-0-0"}}), "0:1");
  EXPECT_EQ(own_position({{"CUDA_VISIBLE_DEVICES", "GPU-1"}}), "1");
  EXPECT_EQ(own_position({{"CUDA_VISIBLE_DEVICES", "1"}}), "1");
}

TEST(OwnSlice, IsNoneWhereNothingTellsWhich) {
  EXPECT_EQ(own_position({}), "none");
  EXPECT_EQ(own_position({{"CUDA_VISIBLE_DEVICES", ""}}), "none");
  EXPECT_EQ(own_position({{"CUDA_VISIBLE_DEVICES", "GPU-0"}}), "none");
}

TEST(OwnSlice, IsTheHostsOnlyOne) {
  const Sight sight{.environment = {}, .host = host_of({cut(0, {g1})})};
  ASSERT_NE(own_slice(sight), nullptr);
  EXPECT_EQ(own_slice(sight)->uuid, "MIG-0-0");
}

}  // namespace
}  // namespace septet::cli
