// SPDX-License-Identifier: Apache-2.0
#include "cli/ailments.hpp"

#include "choose/test_host.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace septet::cli {
namespace {

using namespace testing_hosts;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const CollectivesLibraries libraries{.nccl = "/s/libnccl.so.2", .audit = "/s/libseptet_audit.so"};
constexpr std::uint64_t gibibyte = 1ULL << 30;

/// A host where all is well: four slices, an administrator's lease folder, enough of everything.
HostSight well() {
  HostSight sight;
  sight.host = host_of({cut(0, {g1, g1, g1, g1})});
  sight.host->driver_version = "580.65.06";
  sight.host->cuda_version = 13'000;
  sight.has_mps_control = true;
  sight.leases = {
      .path = "/run/septet", .shared = true, .exists = true, .owner = 0, .mode = 041777};
  sight.cores = 8;
  sight.memory_free = gibibyte;
  sight.memory_needed = gibibyte / 32;
  sight.memory_locked = gibibyte;
  sight.collectives.libraries = libraries;
  return sight;
}

/// "!name" for a fault, "name" for a note.
std::vector<std::string> names_of(const HostSight& sight) {
  std::vector<std::string> names;
  for (const auto& ailment : find_ailments(sight)) {
    EXPECT_FALSE(ailment.what.empty() || ailment.why.empty() || ailment.remedy.empty());
    names.push_back((ailment.fault ? "!" : "") + ailment.name);
  }
  return names;
}

TEST(Ailments, AHostWhereAllIsWellHasNone) { EXPECT_THAT(names_of(well()), IsEmpty()); }

TEST(Ailments, NoDriverIsAFaultThatQuotesIt) {
  auto sight = well();
  sight.host.reset();
  sight.trouble = "libnvidia-ml.so.1: not found";
  EXPECT_THAT(names_of(sight), ElementsAre("!no-driver"));
  EXPECT_EQ(find_ailments(sight).front().why, sight.trouble);
}

TEST(Ailments, AnOldDriverIsToldForWhatItIsTooOld) {
  auto sight = well();
  sight.host->cuda_version = 12'080;
  sight.host->driver_version = "570.86.10";
  EXPECT_THAT(names_of(sight), ElementsAre("!driver-before-cuda-13"));
  EXPECT_THAT(find_ailments(sight).front().what, HasSubstr("up to CUDA 12.8"));
  sight.host->driver_version = "535.183.01";
  EXPECT_THAT(names_of(sight), ElementsAre("!driver-before-cuda-13", "driver-before-r570"));
}

TEST(Ailments, AGpuThatCannotBeUsedIsNamed) {
  auto sight = well();
  auto& gpu = sight.host->gpus.front();
  gpu.trouble = "as the driver says";
  gpu.state = GpuState::empty;
  EXPECT_THAT(names_of(sight), ElementsAre("!mig-empty"));
  gpu.state = GpuState::lost;
  EXPECT_THAT(names_of(sight), ElementsAre("!gpu-lost"));
  gpu.state = GpuState::denied;
  EXPECT_THAT(names_of(sight), ElementsAre("!gpu-denied"));
}

TEST(Ailments, AModeThatWaitsForAResetIsANote) {
  auto sight = well();
  sight.host->gpus.front().mig = {.supported = true, .current = true, .pending = false};
  EXPECT_THAT(names_of(sight), ElementsAre("mig-pending"));
}

TEST(Ailments, WithoutMpsWholeGpusStayWholeAndStandInsDoNotStart) {
  auto sight = well();
  sight.has_mps_control = false;
  EXPECT_THAT(names_of(sight), IsEmpty());
  for (auto& slice : sight.host->gpus.front().slices) slice.kind = SliceKind::full;
  EXPECT_THAT(names_of(sight), ElementsAre("no-mps"));
  sight.host->source = "mps:4";
  EXPECT_THAT(names_of(sight), ElementsAre("!no-mps"));
}

TEST(Ailments, ALeaseFolderOfOneUserIsANoteAndAWrongModeAFault) {
  auto sight = well();
  sight.leases.mode = 040755;
  EXPECT_THAT(names_of(sight), ElementsAre("!leases-mode"));
  sight.leases = {.path = "/tmp/septet-7"};
  EXPECT_THAT(names_of(sight), ElementsAre("leases-private"));
}

TEST(Ailments, TwoCpusARankAreWanted) {
  auto sight = well();
  sight.cores = 7;
  EXPECT_THAT(names_of(sight), ElementsAre("few-cores"));
}

TEST(Ailments, MemoryForOneCommunicatorIsNeeded) {
  auto sight = well();
  sight.memory_free = sight.memory_needed - 1;
  EXPECT_THAT(names_of(sight), ElementsAre("!little-memory"));
  sight = well();
  sight.memory_locked = 65'536;
  EXPECT_THAT(names_of(sight), ElementsAre("memlock"));
}

TEST(Ailments, SlicesWithoutOurLibraryAreAFaultUnlessAnotherIsAskedFor) {
  auto sight = well();
  sight.collectives.libraries.reset();
  EXPECT_THAT(names_of(sight), ElementsAre("!no-libnccl"));
  sight.collectives.from = CollectivesFrom::nccl;
  EXPECT_THAT(names_of(sight), IsEmpty());
  sight.collectives_trouble = "not both in /opt";
  EXPECT_THAT(names_of(sight), ElementsAre("!collectives"));
}

}  // namespace
}  // namespace septet::cli
