// SPDX-License-Identifier: Apache-2.0
#include "launch/local_rank.hpp"

#include <septet/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace septet {
namespace {

using testing::HasSubstr;

TEST(LocalRank, NobodyTellsNoneOutsideOfALauncher) {
  EXPECT_EQ(local_rank(Environment{{"PATH", "/bin"}, {"RANK", "3"}}), std::nullopt);
}

TEST(LocalRank, IsReadFromOpenMpi) {
  const auto rank = local_rank(Environment{{"OMPI_COMM_WORLD_LOCAL_RANK", "1"},
                                           {"OMPI_COMM_WORLD_LOCAL_SIZE", "4"},
                                           {"OMPI_COMM_WORLD_RANK", "5"},
                                           {"OMPI_COMM_WORLD_SIZE", "8"},
                                           {"PMIX_NAMESPACE", "334"}});
  ASSERT_TRUE(rank);
  EXPECT_EQ(*rank, (LocalRank{.rank = 1,
                              .size = 4,
                              .job = "334",
                              .variable = "OMPI_COMM_WORLD_LOCAL_RANK",
                              .global_rank = "5",
                              .global_size = "8"}));
}

TEST(LocalRank, IsReadFromMpichAndMvapich) {
  const auto mpich = local_rank(Environment{{"MPI_LOCALRANKID", "2"}, {"MPI_LOCALNRANKS", "3"}});
  ASSERT_TRUE(mpich);
  EXPECT_EQ(mpich->rank, 2);
  EXPECT_EQ(mpich->size, 3);
  EXPECT_EQ(mpich->job, "");
  EXPECT_EQ(local_rank(
                Environment{{"MV2_COMM_WORLD_LOCAL_RANK", "0"}, {"MV2_COMM_WORLD_LOCAL_SIZE", "2"}})
                ->size,
            2);
}

TEST(LocalRank, IsReadFromASlurmStepButNotFromABatchScript) {
  Environment environment{{"SLURM_LOCALID", "1"},
                          {"SLURM_STEP_TASKS_PER_NODE", "4(x2),2"},
                          {"SLURM_NODEID", "2"},
                          {"SLURM_JOB_ID", "77"}};
  EXPECT_EQ(local_rank(environment), std::nullopt);
  environment.set("SLURM_STEP_ID", "0");
  const auto rank = local_rank(environment);
  ASSERT_TRUE(rank);
  EXPECT_EQ(rank->size, 2);
  EXPECT_EQ(rank->job, "77.0");
}

TEST(LocalRank, OfMpirunCountsBeforeThatOfTheAllocationAroundIt) {
  const auto rank = local_rank(Environment{{"SLURM_LOCALID", "0"},
                                           {"SLURM_STEP_ID", "0"},
                                           {"SLURM_STEP_TASKS_PER_NODE", "1"},
                                           {"OMPI_COMM_WORLD_LOCAL_RANK", "1"},
                                           {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"}});
  ASSERT_TRUE(rank);
  EXPECT_EQ(rank->size, 2);
}

TEST(LocalRank, OfTorchrunIsOneButThatOfSeptetRunIsNot) {
  Environment environment{
      {"LOCAL_RANK", "0"}, {"LOCAL_WORLD_SIZE", "4"}, {"TORCHELASTIC_RUN_ID", "ab"}};
  ASSERT_TRUE(local_rank(environment));
  EXPECT_EQ(local_rank(environment)->size, 4);
  environment.set("SEPTET_LEASE", "ab");
  EXPECT_EQ(local_rank(environment), std::nullopt);
}

TEST(LocalRank, ThatCannotBeIsRefusedByItsName) {
  const auto told = [](const char* rank, const char* size) {
    try {
      const auto result = local_rank(
          Environment{{"OMPI_COMM_WORLD_LOCAL_RANK", rank}, {"OMPI_COMM_WORLD_LOCAL_SIZE", size}});
      return std::string("no error");
    } catch (const Error& error) {
      return std::string(error.what());
    }
  };
  EXPECT_THAT(told("x", "4"), HasSubstr("OMPI_COMM_WORLD_LOCAL_RANK=x is no number"));
  EXPECT_THAT(told("4", "4"), HasSubstr("OMPI_COMM_WORLD_LOCAL_SIZE=4 is too small"));
  EXPECT_THAT(told("1", ""), HasSubstr("OMPI_COMM_WORLD_LOCAL_SIZE= is no number"));
}

TEST(SlurmTasks, AreCountedNodeByNode) {
  EXPECT_EQ(slurm_tasks_on("4", 0), 4);
  EXPECT_EQ(slurm_tasks_on("4", 1), std::nullopt);
  EXPECT_EQ(slurm_tasks_on("2(x3),1", 2), 2);
  EXPECT_EQ(slurm_tasks_on("2(x3),1", 3), 1);
  for (const auto* wrong : {"", "x", "2(x", "2(x)", "2(x3", "0", "-1", "2,,1"}) {
    EXPECT_EQ(slurm_tasks_on(wrong, 1), std::nullopt) << wrong;
  }
}

}  // namespace
}  // namespace septet
