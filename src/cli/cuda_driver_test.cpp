// SPDX-License-Identifier: Apache-2.0
#include "cli/cuda_driver.hpp"

#include "base/units.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace septet::cli {
namespace {

using testing::ElementsAre;

/// What the fake library shows when it is scripted with `script`.
CudaView look(const std::string& script, bool with_memory = false) {
  ::setenv("FAKE_CUDA", script.c_str(), 1);
  const auto driver = CudaDriver::open(SEPTET_FAKE_CUDA);
  EXPECT_TRUE(driver.has_value());
  return driver ? driver->look(with_memory) : CudaView{};
}

constexpr auto slice = "NVIDIA A100-SXM4-40GB MIG 1g.5gb|4864|14|c6d4f1ef42e45de391c7bb37ec1ae33c";

TEST(CudaDriver, DescribesEveryDevice) {
  const auto view = look(std::string(slice) + ";NVIDIA H100|81559|132|" + std::string(32, '0'));
  EXPECT_EQ(view.version, 13000);
  EXPECT_EQ(view.trouble, "");
  EXPECT_THAT(view.devices,
              ElementsAre(CudaDevice{.name = "NVIDIA A100-SXM4-40GB MIG 1g.5gb",
                                     .memory_bytes = 4864 * mebibyte,
                                     .multiprocessors = 14,
                                     .uuid = "c6d4f1ef-42e4-5de3-91c7-bb37ec1ae33c"},
                          CudaDevice{.name = "NVIDIA H100",
                                     .memory_bytes = 81559 * mebibyte,
                                     .multiprocessors = 132,
                                     .uuid = "00000000-0000-0000-0000-000000000000"}));
}

TEST(CudaDriver, AsksAContextForItsMemoryWhenTold) {
  const auto view = look(slice, true);
  ASSERT_EQ(view.devices.size(), 1U);
  EXPECT_EQ(view.devices.front().memory,
            (CudaMemory{.free_bytes = 512 * mebibyte, .total_bytes = gibibyte}));
}

TEST(CudaDriver, SaysInCudasWordsWhyItDoesNotStart) {
  EXPECT_EQ(look("100").trouble, "cuInit: no CUDA-capable device is detected (100)");
  EXPECT_EQ(look("999").trouble, "cuInit: no words for it (999)");
}

TEST(CudaDriver, IsNothingOnAHostWithoutTheLibrary) {
  EXPECT_FALSE(CudaDriver::open("/nowhere/libcuda.so.1").has_value());
}

TEST(CudaDriver, BearsALibraryThatLacksItsCalls) {
  const auto driver = CudaDriver::open("libc.so.6");
  ASSERT_TRUE(driver.has_value());
  EXPECT_EQ(driver->look(false).trouble, "cuInit: no words for it (-1)");
}

}  // namespace
}  // namespace septet::cli
