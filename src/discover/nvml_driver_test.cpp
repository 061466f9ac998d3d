// SPDX-License-Identifier: Apache-2.0
#include "discover/nvml_driver.hpp"

#include "base/units.hpp"
#include "discover/fake_nvml.hpp"
#include <septet/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace septet {
namespace {

using nvml::fake_1g;
using nvml::fake_a100;
using nvml::Result;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class NvmlDriver : public testing::Test {
 protected:
  Host survey() { return survey_nvml(world_.functions(), sysfs_); }
  Gpu survey_one() { return survey().gpus.at(0); }

  nvml::FakeNvml world_;
  const std::filesystem::path sysfs_ = "/nowhere";
};

TEST_F(NvmlDriver, TellsTheVersionsOfTheDriver) {
  const auto host = survey();
  EXPECT_EQ(host.source, "nvml");
  EXPECT_EQ(host.driver_version, "580.95.05");
  EXPECT_EQ(host.cuda_version, 13000);
  EXPECT_THAT(host.gpus, IsEmpty());
}

TEST_F(NvmlDriver, InstanceHasItsOwnMemoryAndMultiprocessors) {
  world_.gpus = {fake_a100(0)};
  world_.gpus[0].instances = {fake_1g(world_.gpus[0], 0)};
  const auto gpu = survey_one();
  EXPECT_EQ(gpu.state, GpuState::partitioned);
  EXPECT_EQ(gpu.trouble, "");
  ASSERT_THAT(gpu.slices, SizeIs(1));
  const auto& slice = gpu.slices[0];
  EXPECT_EQ(slice.uuid, "MIG-00000000-00000000-0000-0000-0000-000000000000");
  EXPECT_EQ(slice.profile, "1g.5gb");
  EXPECT_EQ(slice.memory_bytes, 4864 * mebibyte);
  EXPECT_EQ(slice.multiprocessors, 14);
  EXPECT_EQ(slice.compute_slices, 1);
  EXPECT_EQ(slice.gpu_instance, 7);
  EXPECT_EQ(slice.compute_instance, 0);
  EXPECT_EQ(slice.gpu_uuid, gpu.uuid);
}

TEST_F(NvmlDriver, WholeGpuIsOneSlice) {
  world_.gpus = {fake_a100(0)};
  world_.gpus[0].mig_current = world_.gpus[0].mig_pending = nvml::mig_off;
  const auto gpu = survey_one();
  EXPECT_EQ(gpu.state, GpuState::full);
  EXPECT_TRUE(gpu.mig.supported);
  ASSERT_THAT(gpu.slices, SizeIs(1));
  EXPECT_EQ(gpu.slices[0].uuid, gpu.uuid);
  EXPECT_EQ(gpu.slices[0].multiprocessors, 108);
  EXPECT_EQ(gpu.slices[0].memory_bytes, 40960 * mebibyte);
}

TEST_F(NvmlDriver, HolesAreSkippedWhateverTheDriverCallsThem) {
  for (const auto answer : {Result::not_found, Result::invalid_argument, Result::not_supported}) {
    world_.gpus = {fake_a100(0)};
    auto& gpu = world_.gpus[0];
    gpu.instances = {std::nullopt, fake_1g(gpu, 1), std::nullopt, fake_1g(gpu, 3)};
    gpu.hole_answer = answer;
    const auto slices = survey_one().slices;
    ASSERT_THAT(slices, SizeIs(2));
    EXPECT_EQ(position(slices[0]), "0:1");
    EXPECT_EQ(position(slices[1]), "0:3");
  }
}

TEST_F(NvmlDriver, InstanceThatIsGoingAwayIsLeftOut) {
  world_.gpus = {fake_a100(0)};
  auto& gpu = world_.gpus[0];
  gpu.instances = {fake_1g(gpu, 0), fake_1g(gpu, 1)};
  gpu.instances[0]->answer = Result::not_found;
  EXPECT_THAT(survey_one().slices, SizeIs(1));
}

TEST_F(NvmlDriver, PartitionedGpuWithoutInstancesIsEmptyAndSaysHowToFillIt) {
  world_.gpus = {fake_a100(0)};
  const auto gpu = survey_one();
  EXPECT_EQ(gpu.state, GpuState::empty);
  EXPECT_THAT(gpu.trouble, HasSubstr("nvidia-smi mig -i 0 -cgi"));
}

TEST_F(NvmlDriver, ParentThatKeepsItsMemorySecretStillShowsItsSlices) {
  world_.gpus = {fake_a100(0)};
  auto& gpu = world_.gpus[0];
  gpu.instances = {fake_1g(gpu, 0)};
  gpu.memory_answer = Result::no_permission;
  gpu.memory_bytes = 0;
  EXPECT_EQ(survey_one().state, GpuState::partitioned);
  EXPECT_EQ(survey_one().memory_bytes, 0U);
  EXPECT_EQ(survey_one().slices.at(0).memory_bytes, 4864 * mebibyte);
}

TEST_F(NvmlDriver, GpuThatThisUserMayNotOpenIsDeniedAndTheOthersAreRead) {
  world_.gpus = {fake_a100(0), fake_a100(1)};
  world_.gpus[0].open_answer = Result::no_permission;
  world_.gpus[1].instances = {fake_1g(world_.gpus[1], 0)};
  const auto host = survey();
  ASSERT_THAT(host.gpus, SizeIs(2));
  EXPECT_EQ(host.gpus[0].state, GpuState::denied);
  EXPECT_THAT(host.gpus[0].trouble, HasSubstr("administrator"));
  EXPECT_EQ(host.gpus[1].state, GpuState::partitioned);
}

TEST_F(NvmlDriver, LostGpuIsToldWithARemedyWhereverItIsNoticed) {
  for (const auto result : {Result::gpu_is_lost, Result::reset_required}) {
    world_.gpus = {fake_a100(0), fake_a100(1), fake_a100(2), fake_a100(3)};
    world_.gpus[0].open_answer = result;
    world_.gpus[1].answer = result;
    world_.gpus[2].memory_answer = result;
    world_.gpus[3].hole_answer = result;
    world_.gpus[3].instances = {fake_1g(world_.gpus[3], 0), std::nullopt};
    for (const auto& gpu : survey().gpus) {
      EXPECT_EQ(gpu.state, GpuState::lost) << gpu.index;
      EXPECT_THAT(gpu.trouble, HasSubstr("--gpu-reset -i " + std::to_string(gpu.index)));
      EXPECT_THAT(gpu.slices, IsEmpty());
    }
  }
}

TEST_F(NvmlDriver, PendingModeIsToldWhileTheGpuIsUsedAsItIs) {
  world_.gpus = {fake_a100(0)};
  world_.gpus[0].mig_current = nvml::mig_off;
  const auto gpu = survey_one();
  EXPECT_EQ(gpu.state, GpuState::full);
  EXPECT_TRUE(gpu.mig.pending);
  EXPECT_THAT(gpu.trouble, HasSubstr("goes on with the next reset"));
}

TEST_F(NvmlDriver, GpuWithoutMigIsWhole) {
  world_.gpus = {fake_a100(0)};
  world_.gpus[0].mig_supported = false;
  EXPECT_EQ(survey_one().state, GpuState::full);
  EXPECT_EQ(survey_one().mig, MigMode{});
}

TEST_F(NvmlDriver, ProfileIsDerivedWhereTheNameHasNone) {
  world_.gpus = {fake_a100(0)};
  auto& gpu = world_.gpus[0];
  gpu.instances = {fake_1g(gpu, 0)};
  auto& instance = *gpu.instances[0];
  instance.name = "Graphics Device";
  instance.memory_bytes = 19968 * mebibyte;
  instance.attributes->gpu_instance_slices = 3;
  instance.attributes->compute_instance_slices = 1;
  EXPECT_EQ(survey_one().slices.at(0).profile, "1c.3g.20gb");
}

TEST_F(NvmlDriver, AttributesStandInForAMemoryThatIsNotTold) {
  world_.gpus = {fake_a100(0)};
  world_.gpus[0].instances = {fake_1g(world_.gpus[0], 0)};
  world_.gpus[0].instances[0]->memory_answer = Result::not_supported;
  EXPECT_EQ(survey_one().slices.at(0).memory_bytes, 4864 * mebibyte);
}

TEST_F(NvmlDriver, ProcessesAreThoseOfTheInstanceHoweverMany) {
  world_.gpus = {fake_a100(0)};
  auto& gpu = world_.gpus[0];
  gpu.instances = {fake_1g(gpu, 0)};
  auto& processes = gpu.instances[0]->processes;
  processes.push_back(
      {.pid = 1, .used_memory = ~std::uint64_t{0}, .gpu_instance_id = 7, .compute_instance_id = 0});
  processes.push_back({.pid = 2, .used_memory = 5, .gpu_instance_id = 7, .compute_instance_id = 1});
  for (unsigned pid = 3; pid <= 40; ++pid) {
    processes.push_back({.pid = pid,
                         .used_memory = 7,
                         .gpu_instance_id = nvml::no_instance,
                         .compute_instance_id = nvml::no_instance});
  }
  const auto seen = survey_one().slices.at(0).processes;
  ASSERT_THAT(seen, SizeIs(39));
  EXPECT_EQ(seen[0], (Process{.pid = 1, .memory_bytes = 0}));
  EXPECT_EQ(seen[1], (Process{.pid = 3, .memory_bytes = 7}));
}

TEST_F(NvmlDriver, LibraryWithoutMigCallsStillListsItsGpus) {
  world_.gpus = {fake_a100(0)};
  nvml::Functions old;
  const auto all = world_.functions();
  old.device_count = all.device_count;
  old.device_by_index = all.device_by_index;
  old.uuid = all.uuid;
  const auto host = survey_nvml(old, sysfs_);
  ASSERT_THAT(host.gpus, SizeIs(1));
  EXPECT_EQ(host.gpus[0].state, GpuState::full);
}

TEST_F(NvmlDriver, CountThatFailsIsAnError) {
  world_.count_answer = Result::unknown;
  EXPECT_THROW((void)survey(), Error);
}

TEST_F(NvmlDriver, AffinityOfTheDriverStandsInForTheKernels) {
  world_.gpus = {fake_a100(0)};
  world_.gpus[0].cpu_mask = 0b1101;
  EXPECT_THAT(survey_one().cpus, ElementsAre(0, 2, 3));
  EXPECT_EQ(survey_one().numa_node, std::nullopt);
}

TEST(NvmlDriverOnDisk, NodeAndCpusComeFromTheKernel) {
  const auto sysfs =
      std::filesystem::temp_directory_path() / ("nvml_driver_test." + std::to_string(::getpid()));
  const auto folder = sysfs / "bus/pci/devices/0000:3b:00.0";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "numa_node") << "1\n";
  std::ofstream(folder / "local_cpulist") << "2-3,8\n";
  nvml::FakeNvml world;
  world.gpus = {fake_a100(0)};
  const auto gpu = survey_nvml(world.functions(), sysfs).gpus.at(0);
  std::filesystem::remove_all(sysfs);
  EXPECT_EQ(gpu.pci, "0000:3b:00.0");
  EXPECT_EQ(gpu.numa_node, 1);
  EXPECT_THAT(gpu.cpus, ElementsAre(2, 3, 8));
}

TEST(NvmlDriverOnDisk, MissingLibraryIsAnErrorThatOffersASimulation) {
  const auto driver = open_nvml({.library = "/nowhere/libnvidia-ml.so.1", .sysfs = "/nowhere"});
  try {
    (void)driver->survey();
    FAIL() << "surveyed without a library";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::device);
    EXPECT_THAT(error.what(), HasSubstr("--devices sim:"));
  }
}

}  // namespace
}  // namespace septet
