// SPDX-License-Identifier: Apache-2.0
#include "communicate/membership.hpp"

#include "base/this_host.hpp"
#include <septet/error.hpp>
#include <septet/token.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace septet {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const std::string token_text = text_of({.bits = {1, 2}, .host = 3});

Environment of_septet_run(const char* rank) {
  return {{"SEPTET_RANK", rank},
          {"SEPTET_WORLD_SIZE", "4"},
          {"SEPTET_TOKEN", token_text},
          {"SEPTET_SLICE", "MIG-a"},
          {"SEPTET_LEASE", "ab"},
          {"TORCHELASTIC_RUN_ID", "ab"},
          {"RANK", rank},
          {"WORLD_SIZE", "4"},
          {"MASTER_PORT", "4711"},
          {"LOCAL_WORLD_SIZE", "1"}};
}

Environment of_open_mpi(const char* rank) {
  return {{"OMPI_COMM_WORLD_RANK", rank},
          {"OMPI_COMM_WORLD_SIZE", "2"},
          {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"},
          {"PMIX_NAMESPACE", "77"}};
}

Environment of_slurm(const char* rank) {
  return {{"SLURM_PROCID", rank},
          {"SLURM_STEP_NUM_TASKS", "2"},
          {"SLURM_STEP_NUM_NODES", "1"},
          {"SLURM_JOB_ID", "5"},
          {"SLURM_STEP_ID", "0"}};
}

Environment of_torchrun(const char* rank) {
  return {{"RANK", rank},
          {"WORLD_SIZE", "2"},
          {"LOCAL_WORLD_SIZE", "2"},
          {"MASTER_ADDR", "127.0.0.1"},
          {"MASTER_PORT", "4711"},
          {"TORCHELASTIC_RUN_ID", "none"},
          {"TORCHELASTIC_RESTART_COUNT", "0"}};
}

Token token_in(const Environment& environment, std::uint64_t number = 0) {
  return find_membership(environment, number).value().token;
}

std::string refusal(const Environment& environment, ErrorKind kind) {
  try {
    (void)find_membership(environment, 0);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind);
    return error.what();
  }
  return "not refused";
}

TEST(Membership, OfSeptetRunIsWhatItSays) {
  const auto membership = find_membership(of_septet_run("3"), 0).value();
  EXPECT_EQ(membership.rank, 3);
  EXPECT_EQ(membership.ranks, 4);
  EXPECT_EQ(membership.slice, "MIG-a");
  EXPECT_EQ(membership.token.host, 3U);
  EXPECT_EQ(membership.token, token_in(of_septet_run("0")));
}

TEST(Membership, IsAnotherEachTimeAndTheSameOnAllRanks) {
  EXPECT_NE(token_in(of_septet_run("0"), 0), token_in(of_septet_run("0"), 1));
  EXPECT_EQ(token_in(of_septet_run("0"), 1), token_in(of_septet_run("2"), 1));
}

TEST(Membership, OfEachLauncherHasATokenOfItsJob) {
  for (const auto& [make, job] :
       {std::pair(&of_open_mpi, "PMIX_NAMESPACE"), std::pair(&of_slurm, "SLURM_STEP_ID"),
        std::pair(&of_torchrun, "TORCHELASTIC_RESTART_COUNT")}) {
    auto other = make("1");
    EXPECT_EQ(find_membership(other, 0)->rank, 1) << job;
    EXPECT_EQ(find_membership(other, 0)->ranks, 2) << job;
    EXPECT_EQ(token_in(other), token_in(make("0"))) << job;
    EXPECT_EQ(token_in(other).host, this_host()) << job;
    other.set(job, "9");
    EXPECT_NE(token_in(other), token_in(make("0"))) << job;
  }
}

TEST(Membership, OfMpichIsNamedAfterItsStarter) {
  const auto of_mpich = [](const char* rank) {
    return Environment{
        {"MPI_LOCALRANKID", rank}, {"MPI_LOCALNRANKS", "2"}, {"PMI_RANK", rank}, {"PMI_SIZE", "2"}};
  };
  EXPECT_EQ(find_membership(of_mpich("1"), 0)->rank, 1);
  EXPECT_EQ(token_in(of_mpich("1")), token_in(of_mpich("0")));
}

TEST(Membership, IsOfTheNearestLauncher) {
  auto mpi_inside = of_septet_run("0");
  for (const auto& text : of_open_mpi("1").strings()) {
    mpi_inside.set(text.substr(0, text.find('=')), text.substr(text.find('=') + 1));
  }
  EXPECT_EQ(find_membership(mpi_inside, 0)->ranks, 2);
  auto torchrun_inside = of_septet_run("0");
  torchrun_inside.set("TORCHELASTIC_RUN_ID", "other");
  torchrun_inside.set("LOCAL_WORLD_SIZE", "4");
  EXPECT_NE(token_in(torchrun_inside), token_in(of_septet_run("0")));
  auto in_allocation = of_septet_run("0");
  in_allocation.set("SLURM_PROCID", "0");
  in_allocation.set("SLURM_STEP_ID", "0");
  EXPECT_EQ(token_in(in_allocation), token_in(of_septet_run("0")));
}

TEST(Membership, OfSeveralHostsIsRefusedWithTheRemedy) {
  auto mpi = of_open_mpi("0");
  mpi.set("OMPI_COMM_WORLD_SIZE", "8");
  EXPECT_THAT(refusal(mpi, ErrorKind::usage),
              AllOf(HasSubstr("mpirun"), HasSubstr("2 of 8 are here"), HasSubstr("one host")));
  auto slurm = of_slurm("0");
  slurm.set("SLURM_STEP_NUM_NODES", "2");
  EXPECT_THAT(refusal(slurm, ErrorKind::usage), HasSubstr("SLURM_STEP_NUM_NODES=2"));
}

TEST(Membership, IsNothingWithoutLauncher) {
  EXPECT_FALSE(find_membership({}, 0));
  // A batch script is no rank, nor is the one process of septet hold.
  EXPECT_FALSE(find_membership({{"SLURM_PROCID", "0"}, {"SEPTET_SLICE", "MIG-a"}}, 0));
}

TEST(Membership, OfVariablesThatMakeNoSenseIsRefusedByName) {
  auto environment = of_septet_run("x");
  EXPECT_THAT(refusal(environment, ErrorKind::argument), HasSubstr("SEPTET_RANK=x"));
  environment = of_septet_run("0");
  environment.unset("SEPTET_WORLD_SIZE");
  EXPECT_THAT(refusal(environment, ErrorKind::argument), HasSubstr("SEPTET_WORLD_SIZE="));
  environment = of_septet_run("0");
  environment.set("SEPTET_TOKEN", "abc");
  EXPECT_THAT(refusal(environment, ErrorKind::argument), HasSubstr("not a token"));
}

}  // namespace
}  // namespace septet
