// SPDX-License-Identifier: Apache-2.0
#include "cli/mistakes.hpp"

#include "choose/test_host.hpp"
#include "cli/disagreement.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace septet::cli {
namespace {

using namespace testing_hosts;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Host four_slices(const std::string& driver_version = "580.65.06") {
  auto host = host_of({cut(0, {g1, g1, g1, g1})});
  host.driver_version = driver_version;
  return host;
}

Sight sight_of(Environment environment, Host host = four_slices()) {
  return {.environment = std::move(environment), .host = std::move(host)};
}

Environment choose_devices(const std::string& list) { return {{"CUDA_VISIBLE_DEVICES", list}}; }

std::vector<std::string> names_of(const Sight& sight) {
  std::vector<std::string> names;
  for (const auto& mistake : find_mistakes(sight)) {
    EXPECT_FALSE(mistake.what.empty() || mistake.why.empty() || mistake.remedy.empty());
    names.push_back(mistake.name);
  }
  return names;
}

/// The text of the only mistake.
Mistake only_mistake(const Sight& sight) {
  const auto mistakes = find_mistakes(sight);
  EXPECT_EQ(mistakes.size(), 1U);
  return mistakes.empty() ? Mistake{} : mistakes.front();
}

const auto rank_1_of_4 = Environment{{"SEPTET_RANK", "1"},
                                     {"SEPTET_WORLD_SIZE", "4"},
                                     {"RANK", "1"},
                                     {"WORLD_SIZE", "4"},
                                     {"LOCAL_WORLD_SIZE", "4"},
                                     {"SEPTET_SLICE", "MIG-0-1"},
                                     {"SEPTET_SLICES", "MIG-0-1"},
                                     {"CUDA_VISIBLE_DEVICES", "MIG-0-1"},
                                     {"NVIDIA_VISIBLE_DEVICES", "MIG-0-1"}};

TEST(Mistakes, ARankOfSeptetRunHasNone) { EXPECT_THAT(names_of(sight_of(rank_1_of_4)), IsEmpty()); }

TEST(Mistakes, AHostOfWholeGpusNeedsNoVariables) {
  const auto host = host_of({whole(0), whole(1)});
  EXPECT_THAT(names_of(sight_of({}, host)), IsEmpty());
  EXPECT_THAT(names_of(sight_of(choose_devices("0,1"), host)), IsEmpty());
  EXPECT_THAT(names_of(sight_of({{"RANK", "1"}, {"WORLD_SIZE", "2"}}, host)), IsEmpty());
}

TEST(Mistakes, AStandInOfARankIsNamedByItsGpu) {
  auto environment = rank_1_of_4;
  environment.set("SEPTET_SLICE", "MPS-GPU-0-4.1");
  environment.set("SEPTET_SLICES", "MPS-GPU-0-4.1");
  environment.set("CUDA_VISIBLE_DEVICES", "GPU-0");
  environment.set("NVIDIA_VISIBLE_DEVICES", "GPU-0");
  EXPECT_THAT(names_of(sight_of(environment, host_of({shared(0, 4)}))), IsEmpty());
}

TEST(Mistakes, NoDriver) {
  const Sight sight{.environment = {}, .trouble = "libnvidia-ml.so.1 is not here"};
  EXPECT_THAT(only_mistake(sight).why, HasSubstr("libnvidia-ml.so.1"));
  EXPECT_THAT(names_of(sight), ElementsAre("no-driver"));
}

TEST(Mistakes, WordsOfContainerRuntimes) {
  EXPECT_THAT(names_of(sight_of(choose_devices("all"))), ElementsAre("word-for-device"));
  EXPECT_THAT(names_of(sight_of(choose_devices("void"))), ElementsAre("word-for-device"));
}

TEST(Mistakes, PositionWhereAUuidIsNeeded) {
  const auto mistake = only_mistake(sight_of(choose_devices("0:1")));
  EXPECT_EQ(mistake.name, "index-for-uuid");
  EXPECT_THAT(mistake.remedy, HasSubstr("CUDA_VISIBLE_DEVICES=MIG-0-1"));
}

TEST(Mistakes, NumberOfAGpuThatIsCutUp) {
  EXPECT_THAT(names_of(sight_of(choose_devices("0"))), ElementsAre("index-for-uuid"));
}

TEST(Mistakes, SlurmsNumbersAreItsOwnBusiness) {
  auto environment = choose_devices("0");
  environment.set("SLURM_JOB_ID", "7");
  EXPECT_THAT(names_of(sight_of(environment)), IsEmpty());
}

TEST(Mistakes, AParentAsDevice) {
  EXPECT_THAT(only_mistake(sight_of(choose_devices("GPU-0"))).what, HasSubstr("partitioned"));
  EXPECT_THAT(names_of(sight_of(choose_devices("GPU-0"))), ElementsAre("parent-as-device"));
  EXPECT_THAT(only_mistake(sight_of(choose_devices("GPU-0"), host_of({cut(0, {})}))).remedy,
              HasSubstr("take another GPU"));
}

TEST(Mistakes, UuidsThatAreGoneAreToldOnce) {
  const Environment environment{{"SEPTET_SLICES", "MIG-x"},
                                {"CUDA_VISIBLE_DEVICES", "MIG-x"},
                                {"NVIDIA_VISIBLE_DEVICES", "MIG-x"}};
  EXPECT_THAT(names_of(sight_of(environment)), ElementsAre("gone"));
}

TEST(Mistakes, AUuidThatIsTooShort) {
  EXPECT_THAT(names_of(sight_of(choose_devices("MIG-0"))), ElementsAre("ambiguous"));
}

TEST(Mistakes, ADeviceNamedTwice) {
  EXPECT_THAT(names_of(sight_of(choose_devices("MIG-0-1,MIG-0-1"))), ElementsAre("named-twice"));
}

TEST(Mistakes, SeveralSlicesUnderAnOldDriver) {
  const auto environment = choose_devices("MIG-0-0,MIG-0-1");
  const auto mistake = only_mistake(sight_of(environment, four_slices("535.183.01")));
  EXPECT_EQ(mistake.name, "several-slices");
  EXPECT_THAT(mistake.what, HasSubstr("has 2 slices, and CUDA shows 1"));
  EXPECT_THAT(mistake.remedy, HasSubstr("septet run -n 2"));
  EXPECT_THAT(names_of(sight_of(environment, four_slices("570.86.15"))), IsEmpty());
}

TEST(Mistakes, SeveralSlicesWhereCudaShowsFewer) {
  auto sight = sight_of(choose_devices("MIG-0-0,MIG-0-1"));
  sight.cuda = CudaView{.version = 13000, .devices = {CudaDevice{}}, .trouble = ""};
  EXPECT_THAT(names_of(sight), ElementsAre("several-slices"));
  sight.cuda->devices.emplace_back();
  EXPECT_THAT(names_of(sight), IsEmpty());
}

TEST(Mistakes, SeveralComputeInstancesOfOneGpuInstance) {
  auto host = four_slices();
  for (auto& slice : host.gpus[0].slices) slice.gpu_instance = slice.index / 2;
  EXPECT_THAT(names_of(sight_of(choose_devices("MIG-0-0,MIG-0-1"), host)),
              ElementsAre("several-slices"));
  EXPECT_THAT(names_of(sight_of(choose_devices("MIG-0-0,MIG-0-2"), host)), IsEmpty());
}

TEST(Mistakes, SeveralSlicesLetIntoAContainer) {
  auto sight = sight_of({}, four_slices("535.183.01"));
  sight.place = Place::container;
  EXPECT_THAT(names_of(sight), ElementsAre("several-slices"));
}

TEST(Mistakes, AllOutsideOfAContainer) {
  auto environment = choose_devices("MIG-0-0");
  environment.set("NVIDIA_VISIBLE_DEVICES", "all");
  EXPECT_THAT(names_of(sight_of(environment)), ElementsAre("all-outside-container"));
  auto inside = sight_of(environment);
  inside.place = Place::container;
  EXPECT_THAT(names_of(inside), IsEmpty());
}

TEST(Mistakes, VoidWhereScriptsLookForNames) {
  auto sight = sight_of({{"NVIDIA_VISIBLE_DEVICES", "void"}});
  sight.place = Place::container;
  EXPECT_THAT(names_of(sight), ElementsAre("void"));
}

TEST(Mistakes, EmptyAndUnsetVariables) {
  EXPECT_THAT(names_of(sight_of(choose_devices(""))), ElementsAre("empty"));
  EXPECT_THAT(names_of(sight_of({})), ElementsAre("unset"));
  EXPECT_THAT(names_of(sight_of({}, host_of({cut(0, {g1})}))), IsEmpty());
}

TEST(Mistakes, ARankWithoutASlice) {
  EXPECT_THAT(
      names_of(sight_of({{"RANK", "3"}, {"WORLD_SIZE", "4"}, {"CUDA_VISIBLE_DEVICES", ""}})),
      ElementsAre("empty", "rank-without-slice"));
}

TEST(Mistakes, MoreRanksThanSlices) {
  const Environment environment{
      {"OMPI_COMM_WORLD_RANK", "1"},        {"OMPI_COMM_WORLD_SIZE", "4"},
      {"OMPI_COMM_WORLD_LOCAL_SIZE", "4"},  {"SEPTET_SLICE", "MIG-0-0"},
      {"SEPTET_SLICES", "MIG-0-0,MIG-0-1"}, {"CUDA_VISIBLE_DEVICES", "MIG-0-0,MIG-0-1"}};
  EXPECT_THAT(only_mistake(sight_of(environment)).what,
              HasSubstr("4 ranks on this host share 2 slices"));
}

/// What is said when CUDA shows `device` to a process on slice 0:1, which has 4.75 GiB and 14 SMs.
std::vector<Mistake> seen_as(CudaDevice device, const Host& host = four_slices()) {
  auto sight = sight_of(choose_devices(host.gpus[0].slices.back().uuid), host);
  sight.cuda = CudaView{.version = 13000, .devices = {std::move(device)}, .trouble = ""};
  return find_mistakes(sight);
}

CudaDevice true_device() {
  return {.name = "NVIDIA A100-SXM4-40GB MIG 1g.5gb",
          .memory_bytes = 4830 * mebibyte,
          .multiprocessors = 14,
          .uuid = ""};
}

TEST(Disagreement, NoneWhenCudaShowsTheSlice) { EXPECT_THAT(seen_as(true_device()), IsEmpty()); }

TEST(Disagreement, NameMemoryAndProcessorsAreCompared) {
  auto device = true_device();
  device.name = "NVIDIA A100-SXM4-40GB MIG 2g.10gb";
  device.memory_bytes = 9984 * mebibyte;
  device.multiprocessors = 28;
  const auto mistakes = seen_as(device);
  ASSERT_EQ(mistakes.size(), 1U);
  EXPECT_EQ(mistakes[0].name, "another-device");
  EXPECT_THAT(mistakes[0].what, HasSubstr("its name is NVIDIA A100-SXM4-40GB MIG 2g.10gb, not "
                                          "1g.5gb; it has 9.8 GiB, not 4.8 GiB; it has 28 SMs"));
}

TEST(Disagreement, TheUuidOfAnotherSliceIsTold) {
  auto device = true_device();
  device.uuid = "0-1";
  const auto mistakes = seen_as(device);
  ASSERT_EQ(mistakes.size(), 1U);
  EXPECT_THAT(mistakes[0].what, HasSubstr("it is slice 0:1, not 0:3"));
}

TEST(Disagreement, AWholeGpuMayKeepSomeMemoryForItsDriver) {
  const auto host = host_of({whole(0, 40)});
  CudaDevice device{.name = "NVIDIA A100-SXM4-40GB",
                    .memory_bytes = 40339 * mebibyte,
                    .multiprocessors = 108,
                    .uuid = ""};
  EXPECT_THAT(seen_as(device, host), IsEmpty());
  device.memory_bytes = 39000 * mebibyte;
  EXPECT_EQ(seen_as(device, host).size(), 1U);
}

TEST(Disagreement, TheLimitOfAStandInShowsInWhatIsFree) {
  const auto host = host_of({shared(0, 4)});
  const auto share = host.gpus[0].slices.back();
  CudaDevice device{.name = "NVIDIA A100-SXM4-40GB",
                    .memory_bytes = 40339 * mebibyte,
                    .multiprocessors = share.multiprocessors,
                    .uuid = ""};
  device.memory = {.free_bytes = share.memory_bytes - 145 * mebibyte,
                   .total_bytes = device.memory_bytes};
  auto sight = sight_of({{"SEPTET_SLICE", share.uuid}}, host);
  sight.cuda = CudaView{.version = 13000, .devices = {device}, .trouble = ""};
  EXPECT_THAT(find_disagreements(sight), IsEmpty());
  sight.cuda->devices[0].memory->free_bytes = 39000 * mebibyte;
  ASSERT_EQ(find_disagreements(sight).size(), 1U);
  EXPECT_THAT(find_disagreements(sight)[0].what, HasSubstr("limit is not in force"));
}

TEST(Disagreement, NoDeviceIsToldInCudasWords) {
  auto sight = sight_of(choose_devices("MIG-0-0"));
  sight.cuda = CudaView{.version = 0, .devices = {}, .trouble = "cuInit: no device (100)"};
  EXPECT_EQ(only_mistake(sight).name, "cuda-shows-nothing");
  EXPECT_EQ(only_mistake(sight).why, "cuInit: no device (100)");
}

}  // namespace
}  // namespace septet::cli
