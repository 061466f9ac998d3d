// SPDX-License-Identifier: Apache-2.0
#include "launch/rank_environment.hpp"

#include <gtest/gtest.h>

namespace septet {
namespace {

Slice slice(const std::string& uuid, std::uint64_t memory_bytes) {
  Slice result;
  result.uuid = uuid;
  result.profile = "1g.10gb";
  result.memory_bytes = memory_bytes;
  return result;
}

class RankEnvironmentTest : public testing::Test {
 protected:
  RankEnvironmentTest() {
    job_.command = {"train"};
    job_.devices = "sim:x";
    lease_.id = "0123abcd";
    lease_.slices = {slice("MIG-a", 10), slice("MIG-b", 8)};
  }

  [[nodiscard]] Environment of_rank(int rank, RankStyle style = RankStyle::local) const {
    const RankGroup group{
        .size = 2, .style = style, .run_id = lease_.id, .token = "t0", .port = 4711};
    return rank_environment(job_, lease_, group, rank);
  }

  Job job_;
  LeaseRecord lease_;
};

TEST_F(RankEnvironmentTest, RankSeesItsOwnSlice) {
  EXPECT_EQ(of_rank(1).get("CUDA_VISIBLE_DEVICES"), "MIG-b");
  EXPECT_EQ(of_rank(1).get("SEPTET_SLICES"), "MIG-b");
  EXPECT_EQ(of_rank(1).get("SEPTET_SLICE_MEMORY"), "8");
}

TEST_F(RankEnvironmentTest, LocalStyleIsOneNode) {
  const auto told = of_rank(1);
  EXPECT_EQ(told.get("RANK"), "1");
  EXPECT_EQ(told.get("LOCAL_RANK"), "0");
  EXPECT_EQ(told.get("LOCAL_WORLD_SIZE"), "2");
  EXPECT_EQ(told.get("GROUP_RANK"), "0");
  EXPECT_EQ(told.get("MASTER_PORT"), "4711");
}

TEST_F(RankEnvironmentTest, NodeStyleIsOneNodeForEachSlice) {
  const auto told = of_rank(1, RankStyle::node);
  EXPECT_EQ(told.get("LOCAL_WORLD_SIZE"), "1");
  EXPECT_EQ(told.get("GROUP_RANK"), "1");
  EXPECT_EQ(told.get("GROUP_WORLD_SIZE"), "2");
}

TEST_F(RankEnvironmentTest, WhatAnotherLauncherSetIsReplacedWhole) {
  job_.environment = {{"RANK", "9"}, {"GROUP_RANK", "9"}, {"NODE_RANK", "9"}, {"ROLE_RANK", "9"}};
  for (const auto* name : {"RANK", "GROUP_RANK", "NODE_RANK", "ROLE_RANK"}) {
    EXPECT_NE(of_rank(0).get(name), "9") << name;
  }
}

TEST_F(RankEnvironmentTest, RankOfAnotherMpirunIsForgottenButSlurmStays) {
  job_.environment = {{"OMPI_COMM_WORLD_RANK", "3"}, {"PMI_RANK", "3"}, {"SLURM_PROCID", "3"}};
  EXPECT_EQ(of_rank(0).get("OMPI_COMM_WORLD_RANK"), std::nullopt);
  EXPECT_EQ(of_rank(0).get("PMI_RANK"), std::nullopt);
  EXPECT_EQ(of_rank(0).get("SLURM_PROCID"), "3");
}

TEST_F(RankEnvironmentTest, RanksOfAGroupShareItsToken) {
  EXPECT_EQ(of_rank(0).get("SEPTET_TOKEN"), "t0");
  EXPECT_EQ(of_rank(1).get("SEPTET_TOKEN"), "t0");
}

TEST_F(RankEnvironmentTest, WhatTheUserSetForNcclStays) {
  EXPECT_EQ(of_rank(0).get("TORCH_NCCL_ASYNC_ERROR_HANDLING"), "1");
  job_.environment.set("TORCH_NCCL_ASYNC_ERROR_HANDLING", "3");
  EXPECT_EQ(of_rank(0).get("TORCH_NCCL_ASYNC_ERROR_HANDLING"), "3");
}

TEST_F(RankEnvironmentTest, HolderSeesAllSlicesInOrderAndIsNoRank) {
  const auto told = holder_environment(job_, lease_);
  EXPECT_EQ(told.get("CUDA_VISIBLE_DEVICES"), "MIG-a,MIG-b");
  EXPECT_EQ(told.get("SEPTET_SLICE_MEMORY"), "8");
  EXPECT_EQ(told.get("RANK"), std::nullopt);
}

}  // namespace
}  // namespace septet
