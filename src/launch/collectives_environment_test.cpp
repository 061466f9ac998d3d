// SPDX-License-Identifier: Apache-2.0
#include "launch/collectives_environment.hpp"

#include "base/file.hpp"
#include "base/test_folder.hpp"

#include <gtest/gtest.h>

namespace septet {
namespace {

const CollectivesLibraries libraries{.nccl = "/opt/septet/libnccl.so.2",
                                     .audit = "/opt/septet/libseptet_audit.so"};

std::vector<Slice> slices(SliceKind kind, int count, const std::string& gpu = "GPU-0") {
  Slice slice;
  slice.kind = kind;
  slice.gpu_uuid = gpu;
  return std::vector<Slice>(static_cast<std::size_t>(count), slice);
}

Environment told(Environment environment, const Collectives& collectives,
                 const std::vector<Slice>& on) {
  set_collectives(environment, collectives, on);
  return environment;
}

TEST(Collectives, WordsAreThoseOfTheOption) {
  for (const auto* word : {"auto", "septet", "nccl", "off"}) {
    EXPECT_EQ(name_of(parse_collectives(word).value()), word);
  }
  EXPECT_EQ(parse_collectives("mpi"), std::nullopt);
}

TEST(Collectives, AutoIsSeptetOnSlicesAndNothingOnWholeGpus) {
  const Collectives collectives{CollectivesFrom::fitting, libraries};
  for (const auto kind : {SliceKind::mig, SliceKind::mps}) {
    EXPECT_EQ(told({}, collectives, slices(kind, 2)),
              (Environment{{"LD_AUDIT", libraries.audit}, {"SEPTET_NCCL", libraries.nccl}}));
  }
  EXPECT_EQ(told({}, collectives, slices(SliceKind::full, 2)), Environment());
}

TEST(Collectives, AutoIsNothingWhereTheLibraryIsNotInstalled) {
  EXPECT_EQ(told({}, {CollectivesFrom::fitting}, slices(SliceKind::mig, 2)), Environment());
}

TEST(Collectives, SeptetIsPutBehindOtherAuditorsAndOnlyOnce) {
  const Environment before{{"LD_AUDIT", "/other.so:/old/libseptet_audit.so"}};
  const Collectives collectives{CollectivesFrom::fitting, libraries};
  const auto once = told(before, collectives, slices(SliceKind::mig, 1));
  EXPECT_EQ(once.get("LD_AUDIT"), "/other.so:/opt/septet/libseptet_audit.so");
  EXPECT_EQ(told(once, collectives, slices(SliceKind::mig, 1)), once);
}

TEST(Collectives, OffTakesSeptetOutAndLeavesOthers) {
  const Environment before{{"LD_AUDIT", "/opt/septet/libseptet_audit.so:/other.so"},
                           {"SEPTET_NCCL", "/opt/septet/libnccl.so.2"}};
  EXPECT_EQ(told(before, {CollectivesFrom::off, libraries}, slices(SliceKind::mig, 2)),
            (Environment{{"LD_AUDIT", "/other.so"}, {"SEPTET_COLLECTIVES", "off"}}));
}

TEST(Collectives, NcclIsToldThatRanksShareAGpu) {
  const auto two = told({}, {CollectivesFrom::nccl, libraries}, slices(SliceKind::mig, 2));
  EXPECT_EQ(two, (Environment{{"NCCL_MULTI_RANK_GPU_ENABLE", "1"},
                              {"NCCL_MNNVL_ENABLE", "0"},
                              {"NCCL_NVLS_ENABLE", "0"},
                              {"SEPTET_COLLECTIVES", "nccl"}}));
}

TEST(Collectives, NcclTakesFewerThreadBlocksTheMoreRanksShareAGpu) {
  const auto blocks = [](const std::vector<Slice>& on) {
    return told({}, {CollectivesFrom::nccl}, on).get("NCCL_MAX_CTAS");
  };
  EXPECT_EQ(blocks(slices(SliceKind::mig, 4)), "2");
  EXPECT_EQ(blocks(slices(SliceKind::mig, 7)), "1");
  auto on_two_gpus = slices(SliceKind::mig, 2, "GPU-0");
  for (const auto& each : slices(SliceKind::mig, 2, "GPU-1")) on_two_gpus.push_back(each);
  EXPECT_EQ(blocks(on_two_gpus), std::nullopt);
}

TEST(Collectives, WhatTheUserToldNcclStays) {
  const Environment before{{"NCCL_MAX_CTAS", "16"}, {"NCCL_NVLS_ENABLE", ""}};
  const auto after = told(before, {CollectivesFrom::nccl}, slices(SliceKind::mps, 4));
  EXPECT_EQ(after.get("NCCL_MAX_CTAS"), "16");
  EXPECT_EQ(after.get("NCCL_NVLS_ENABLE"), "");
}

TEST(Collectives, NcclOnWholeGpusIsToldNothing) {
  EXPECT_EQ(told({}, {CollectivesFrom::nccl}, slices(SliceKind::full, 4)),
            (Environment{{"SEPTET_COLLECTIVES", "nccl"}}));
}

TEST(Collectives, BothLibrariesMustBeInAFolder) {
  const TestFolder folder;
  replace_file(folder.path() / "libnccl.so.2", "");
  EXPECT_FALSE(libraries_in(folder.path()).has_value());
  replace_file(folder.path() / "libseptet_audit.so", "");
  ASSERT_TRUE(libraries_in(folder.path()).has_value());
  EXPECT_EQ(libraries_in(folder.path())->nccl, folder.path() / "libnccl.so.2");
}

}  // namespace
}  // namespace septet
