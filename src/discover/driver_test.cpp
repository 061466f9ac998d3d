// SPDX-License-Identifier: Apache-2.0
#include <septet/driver.hpp>
#include <septet/environment.hpp>
#include <septet/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace septet {
namespace {

using testing::HasSubstr;

std::string refusal_of(std::string_view devices) {
  try {
    (void)open_driver(devices, {});
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::argument) << devices;
    return error.what();
  }
  return "not refused";
}

TEST(OpenDriver, NameOfNoSourceIsRefusedWithThoseThatAre) {
  for (const auto* devices :
       {"", "cuda", "mps", "mps:", "mps:0", "mps:-1", "mps:x", "sim", "smi"}) {
    EXPECT_THAT(refusal_of(devices), HasSubstr("write auto, nvml, mps:N")) << devices;
  }
  EXPECT_THAT(refusal_of("mps:1000"), HasSubstr("mps:1000"));
}

TEST(OpenDriver, DriverIsAskedOnlyByASurvey) {
  EXPECT_NE(open_driver("auto", {}), nullptr);
  EXPECT_NE(open_driver("mps:4", {}), nullptr);
}

TEST(OpenDriver, LeaseNarrowsEverySource) {
  constexpr const char* devices = "sim:a100-40gb:3x1g.5gb";
  const auto all = slices_of(open_driver(devices, {})->survey());
  ASSERT_EQ(all.size(), 3U);
  const auto part = open_driver(devices, {{"SEPTET_SLICES", all[1].uuid}})->survey();
  EXPECT_EQ(slices_of(part), std::vector<Slice>{all[1]});
}

TEST(OpenDriver, VariablesOfCudaDoNotNarrowASimulation) {
  const Environment none{{"CUDA_VISIBLE_DEVICES", ""}};
  EXPECT_EQ(slices_of(open_driver("sim:a100-40gb:3x1g.5gb", none)->survey()).size(), 3U);
}

TEST(OpenDriver, FileThatIsNotThereIsNamed) {
  const auto driver = open_driver("smi:/nowhere/list.txt", {});
  try {
    (void)driver->survey();
    FAIL() << "read a file that is not there";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("/nowhere/list.txt"));
  }
}

}  // namespace
}  // namespace septet
