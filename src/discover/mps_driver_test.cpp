// SPDX-License-Identifier: Apache-2.0
#include "discover/mps_driver.hpp"

#include "base/units.hpp"
#include <septet/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace septet {
namespace {

class FixedDriver final : public Driver {
 public:
  explicit FixedDriver(Host host) : host_(std::move(host)) {}
  Host survey() override { return host_; }

 private:
  Host host_;
};

Slice slice_of(const std::string& profile) {
  Slice slice;
  slice.profile = profile;
  return slice;
}

Gpu whole_h100() {
  Gpu gpu;
  gpu.uuid = "GPU-aaaa";
  gpu.memory_bytes = 81559 * mebibyte;
  auto whole = slice_of("full");
  whole.uuid = whole.gpu_uuid = gpu.uuid;
  whole.kind = SliceKind::full;
  whole.memory_bytes = gpu.memory_bytes;
  whole.multiprocessors = 132;
  whole.processes = {{.pid = 7, .memory_bytes = 0}};
  gpu.slices = {whole};
  return gpu;
}

Gpu partitioned() {
  Gpu gpu;
  gpu.index = 1;
  gpu.state = GpuState::partitioned;
  gpu.slices = {slice_of("1g.10gb")};
  return gpu;
}

Host survey(int shares, std::vector<Gpu> gpus) {
  Host host;
  host.driver_version = "580.1";
  host.gpus = std::move(gpus);
  return open_mps(shares, std::make_unique<FixedDriver>(std::move(host)))->survey();
}

TEST(MpsDriverTest, WholeGpuBecomesEqualStandIns) {
  const auto host = survey(4, {whole_h100()});
  EXPECT_EQ(host.source, "mps:4");
  EXPECT_EQ(host.driver_version, "580.1");
  const auto& gpu = host.gpus.at(0);
  EXPECT_EQ(gpu.state, GpuState::shared);
  ASSERT_EQ(gpu.slices.size(), 4u);
  const auto& last = gpu.slices.at(3);
  EXPECT_EQ(last.uuid, "MPS-GPU-aaaa-4.3");
  EXPECT_EQ(last.kind, SliceKind::mps);
  EXPECT_EQ(last.profile, "mps.4");
  EXPECT_EQ(position(last), "0:3");
  EXPECT_EQ(last.gpu_uuid, "GPU-aaaa");
  EXPECT_EQ(last.memory_bytes, 20133 * mebibyte);
  EXPECT_EQ(last.multiprocessors, 32);
  EXPECT_TRUE(last.processes.empty());
}

TEST(MpsDriverTest, GpusThatAreNotWholeStayAsTheyAre) {
  auto lost = whole_h100();
  lost.state = GpuState::lost;
  lost.slices.clear();
  const auto host = survey(2, {lost, partitioned()});
  EXPECT_EQ(host.gpus.at(0), lost);
  EXPECT_EQ(host.gpus.at(1), partitioned());
}

TEST(MpsDriverTest, NumberOfSharesIsLimitedByWhatOneServerTakes) {
  for (const int shares : {0, -1, 49}) {
    EXPECT_THROW(static_cast<void>(survey(shares, {whole_h100()})), Error) << shares;
  }
  EXPECT_EQ(survey(1, {whole_h100()}).gpus.at(0).slices.size(), 1u);
  EXPECT_EQ(survey(48, {whole_h100()}).gpus.at(0).slices.size(), 48u);
}

TEST(MpsDriverTest, SharesAreReadBackFromTheProfile) {
  EXPECT_EQ(mps_shares(slice_of("mps.7")), 7);
  EXPECT_EQ(mps_shares(slice_of("full")), 1);
  EXPECT_EQ(mps_shares(slice_of("mps.")), 1);
  EXPECT_EQ(mps_shares(slice_of("mps.0")), 1);
}

TEST(MpsDriverTest, SeventhOfAnH100HasTheMeasuredNumberOfSms) {
  EXPECT_EQ(mps_percentage(7), 14);
  EXPECT_EQ(mps_multiprocessors(132, 14), 18);
}

TEST(MpsDriverTest, AllSharesTogetherNeverExceedTheGpu) {
  for (int shares = 1; shares <= most_mps_shares; ++shares) {
    const auto count = static_cast<std::uint64_t>(shares);
    EXPECT_LE(mps_percentage(shares) * shares, 100);
    EXPECT_LE(mps_multiprocessors(132, mps_percentage(shares)) * shares, 132);
    EXPECT_LE(mps_memory(80 * gibibyte, shares) * count, 79 * gibibyte);
    EXPECT_LT(mps_memory(4 * gibibyte, shares) * count, 4 * gibibyte);
  }
}

TEST(MpsDriverTest, UntoldMemoryStaysUntold) { EXPECT_EQ(mps_memory(0, 4), 0u); }

}  // namespace
}  // namespace septet
