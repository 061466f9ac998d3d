// SPDX-License-Identifier: Apache-2.0
#include "discover/simulated_driver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace septet {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

TEST(SimulatedDriver, TellsWhatTheSliceHasAndNotItsParent) {
  const auto host = open_simulated("a100-80gb:3g.40gb(1c,2c),1g.10gb")->survey();
  ASSERT_THAT(host.gpus, SizeIs(1));
  const auto& gpu = host.gpus[0];
  EXPECT_EQ(gpu.state, GpuState::partitioned);
  EXPECT_EQ(gpu.name, "NVIDIA A100-SXM4-80GB");
  EXPECT_EQ(gpu.pci, "0000:07:00.0");
  ASSERT_THAT(gpu.slices, SizeIs(3));
  const auto& part = gpu.slices[1];
  EXPECT_EQ(part.profile, "2c.3g.40gb");
  EXPECT_EQ(part.memory_bytes, std::uint64_t{40192} << 20);
  EXPECT_EQ(part.multiprocessors, 28);
  EXPECT_EQ(part.compute_slices, 2);
  EXPECT_EQ(part.gpu_uuid, gpu.uuid);
  EXPECT_EQ(position(part), "0:1");
}

TEST(SimulatedDriver, AGpuWithoutMigIsOneSliceAndAnEmptyOneNone) {
  const auto host = open_simulated("h200+h200:empty")->survey();
  ASSERT_THAT(host.gpus, SizeIs(2));
  EXPECT_EQ(host.gpus[0].state, GpuState::full);
  ASSERT_THAT(host.gpus[0].slices, SizeIs(1));
  EXPECT_EQ(host.gpus[0].slices[0].uuid, host.gpus[0].uuid);
  EXPECT_EQ(host.gpus[1].state, GpuState::empty);
  EXPECT_THAT(host.gpus[1].slices, IsEmpty());
}

TEST(SimulatedDriver, TheSameSpecIsTheSameHost) {
  const auto* spec = "2*h100-80gb:7x1g.10gb";
  EXPECT_EQ(open_simulated(spec)->survey(), open_simulated(spec)->survey());
}

}  // namespace
}  // namespace septet
