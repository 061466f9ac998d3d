// SPDX-License-Identifier: Apache-2.0
// The NVML driver over the stand-in library: what Septet does on a host with a driver.
#include "discover/nvml_driver.hpp"
#include "discover/simulated_driver.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <string>

namespace septet {
namespace {

constexpr const char* layouts[] = {
    "2*a100-40gb:7x1g.5gb",
    "a100-80gb:3g.40gb,2g.20gb,1g.10gb+h100-80gb:off+a30:empty",
    "rtx-pro-6000:2g.48gb,1g.24gb+h200:4g.71gb,3g.71gb",
};

std::unique_ptr<Driver> driver_over(const std::string& spec, const char* uid) {
  ::setenv("SEPTET_SIMULATE", spec.c_str(), 1);
  ::setenv("SEPTET_SIMULATE_UID", uid, 1);
  return open_nvml({.library = SEPTET_STANDIN, .sysfs = "/nowhere"});
}

/// Without what the stand-in and the simulated driver tell each in its own way.
Host comparable(Host host) {
  host.source.clear();
  for (auto& gpu : host.gpus) {
    gpu.cpus.clear();
    gpu.trouble.clear();
  }
  return host;
}

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

TEST(NvmlSurvey, SeesTheHostThatTheStandInDescribes) {
  for (const auto* layout : layouts) {
    const auto seen = driver_over(layout, "0")->survey();
    EXPECT_EQ(comparable(seen), comparable(open_simulated(layout)->survey())) << layout;
  }
}

TEST(NvmlSurvey, PlainUserSeesTheSameSlices) {
  for (const auto* layout : layouts) {
    const auto seen = driver_over(layout, "1000")->survey();
    EXPECT_EQ(slices_of(seen), slices_of(open_simulated(layout)->survey())) << layout;
  }
}

TEST(NvmlSurvey, SeesWhatChangesBetweenTwoLooks) {
  const auto driver = driver_over("a100-40gb:2x1g.5gb", "0");
  EXPECT_EQ(slices_of(driver->survey()).size(), 2U);
  ::setenv("SEPTET_SIMULATE", "a100-40gb:3x1g.5gb", 1);
  EXPECT_EQ(slices_of(driver->survey()).size(), 3U);
}

TEST(NvmlSurvey, LooksOftenAndQuicklyAndLeavesNothingOpen) {
  const auto driver = driver_over("8*h100-80gb:7x1g.10gb", "0");
  EXPECT_EQ(slices_of(driver->survey()).size(), 56U);
  const auto before = open_descriptors();
  const auto start = std::chrono::steady_clock::now();
  for (int look = 0; look < 20; ++look) (void)driver->survey();
  EXPECT_EQ(open_descriptors(), before);
  // 50 ms each is the aim, on a machine that has nothing else to do.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

}  // namespace
}  // namespace septet
