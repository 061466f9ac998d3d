// SPDX-License-Identifier: Apache-2.0
#include "launch/device_environment.hpp"

#include "base/units.hpp"
#include "launch/mps_place.hpp"

#include <gtest/gtest.h>

namespace septet {
namespace {

using Variables = Environment::Variables;

Slice slice_of(SliceKind kind, const std::string& uuid, const std::string& gpu_uuid) {
  Slice slice;
  slice.kind = kind;
  slice.uuid = uuid;
  slice.gpu_uuid = gpu_uuid;
  slice.memory_bytes = 9800 * mebibyte;
  return slice;
}

Slice mig(const std::string& uuid) { return slice_of(SliceKind::mig, uuid, "GPU-a"); }

Slice stand_in(const std::string& gpu_uuid, int index) {
  auto slice =
      slice_of(SliceKind::mps, "MPS-" + gpu_uuid + "-7." + std::to_string(index), gpu_uuid);
  slice.profile = "mps.7";
  return slice;
}

Variables of(const std::vector<Slice>& slices) { return device_environment(slices, "/s"); }

TEST(DeviceEnvironmentTest, SlicesAndWholeGpusAreNamedInOrder) {
  const auto gpu = slice_of(SliceKind::full, "GPU-b", "GPU-b");
  EXPECT_EQ(of({mig("MIG-2"), mig("MIG-1"), gpu}),
            (Variables{{"CUDA_VISIBLE_DEVICES", "MIG-2,MIG-1,GPU-b"},
                       {"NVIDIA_VISIBLE_DEVICES", "MIG-2,MIG-1,GPU-b"}}));
}

TEST(DeviceEnvironmentTest, StandInIsItsGpuWithTheLimitsOfItsShare) {
  const auto place = mps_place("/s", "GPU-a");
  EXPECT_EQ(of({stand_in("GPU-a", 3)}),
            (Variables{{"CUDA_VISIBLE_DEVICES", "GPU-a"},
                       {"NVIDIA_VISIBLE_DEVICES", "GPU-a"},
                       {"CUDA_MPS_PIPE_DIRECTORY", place.pipe()},
                       {"CUDA_MPS_LOG_DIRECTORY", place.log()},
                       {"CUDA_MPS_ACTIVE_THREAD_PERCENTAGE", "14"},
                       {"CUDA_MPS_PINNED_DEVICE_MEM_LIMIT", "0=9800M"}}));
}

TEST(DeviceEnvironmentTest, SeveralStandInsOfAGpuAreOneDeviceAndAnEntryEachForScripts) {
  const auto variables = of({stand_in("GPU-a", 0), stand_in("GPU-a", 1)});
  EXPECT_EQ(variables.at("CUDA_VISIBLE_DEVICES"), "GPU-a");
  EXPECT_EQ(variables.at("NVIDIA_VISIBLE_DEVICES"), "GPU-a,GPU-a");
  EXPECT_EQ(variables.at("CUDA_MPS_PINNED_DEVICE_MEM_LIMIT"), "0=9800M");
}

TEST(DeviceEnvironmentTest, AProcessSeesOnlyTheGpuWhoseDaemonItHas) {
  const auto variables = of({stand_in("GPU-b", 0), stand_in("GPU-a", 0), mig("MIG-1")});
  EXPECT_EQ(variables.at("CUDA_VISIBLE_DEVICES"), "GPU-b");
  EXPECT_EQ(variables.at("NVIDIA_VISIBLE_DEVICES"), "GPU-b,GPU-a,MIG-1");
  EXPECT_EQ(of({mig("MIG-1"), stand_in("GPU-a", 0)}).at("CUDA_VISIBLE_DEVICES"), "MIG-1");
}

}  // namespace
}  // namespace septet
