// SPDX-License-Identifier: Apache-2.0
#include "discover/smi_text.hpp"

#include "base/units.hpp"
#include <septet/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

namespace septet {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view today =
    "GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-e86cb44c-1111-2222-3333-444444444444)\n"
    "  MIG 3g.20gb     Device  0: (UUID: MIG-c7384736-a75d-5afc-978f-d2f1294409fd)\n"
    "  MIG 1c.3g.20gb  Device  1: (UUID: MIG-a28ad590-3fda-56dd-84fc-0a0b96edc58d)\n"
    "  MIG 1g.24gb+me.all Device 10: (UUID: MIG-b28ad590-3fda-56dd-84fc-0a0b96edc58d)\n"
    "GPU 1: NVIDIA H200 (UUID: GPU-f86cb44c-1111-2222-3333-444444444444)\n";

std::string refusal_of(std::string_view text) {
  try {
    (void)parse_smi_text(text, "smi:list.txt");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::argument);
    return error.what();
  }
  return "";
}

TEST(SmiText, ReadsThePaddedFormOfR470AndLater) {
  const auto host = parse_smi_text(today, "smi:list.txt");
  EXPECT_EQ(host.source, "smi:list.txt");
  ASSERT_THAT(host.gpus, SizeIs(2));
  EXPECT_EQ(host.gpus[0].state, GpuState::partitioned);
  EXPECT_EQ(host.gpus[0].name, "NVIDIA A100-SXM4-40GB");
  ASSERT_THAT(host.gpus[0].slices, SizeIs(3));
  const auto& slice = host.gpus[0].slices[1];
  EXPECT_EQ(slice.uuid, "MIG-a28ad590-3fda-56dd-84fc-0a0b96edc58d");
  EXPECT_EQ(slice.profile, "1c.3g.20gb");
  EXPECT_EQ(slice.compute_slices, 1);
  EXPECT_EQ(slice.memory_bytes, 20 * gibibyte);
  EXPECT_EQ(position(slice), "0:1");
}

TEST(SmiText, GpuWithoutInstancesIsWhole) {
  const auto gpu = parse_smi_text(today, "smi:list.txt").gpus.at(1);
  EXPECT_EQ(gpu.state, GpuState::full);
  ASSERT_THAT(gpu.slices, SizeIs(1));
  EXPECT_EQ(gpu.slices[0].uuid, gpu.uuid);
}

TEST(SmiText, MemoryOfAWholeGpuIsInMostNames) {
  const auto memory_of = [](const std::string& name) {
    return parse_smi_text("GPU 0: " + name + " (UUID: GPU-1)", "").gpus.at(0).memory_bytes;
  };
  EXPECT_EQ(memory_of("A100-SXM4-40GB"), 40 * gibibyte);
  EXPECT_EQ(memory_of("NVIDIA H100 80GB HBM3"), 80 * gibibyte);
  EXPECT_EQ(memory_of("NVIDIA H200"), 0U);
  EXPECT_EQ(memory_of("Tesla GB10"), 0U);
}

TEST(SmiText, ReadsTheNamesOfR450) {
  const auto host = parse_smi_text(
      "GPU 0: A100-SXM4-40GB (UUID: GPU-e86cb44c-1111-2222-3333-444444444444)\r\n"
      "  MIG 3g.20gb Device 0: (UUID: MIG-GPU-e86cb44c-1111-2222-3333-444444444444/2/0)\r\n",
      "smi:-");
  const auto& slice = host.gpus.at(0).slices.at(0);
  EXPECT_EQ(slice.uuid, "MIG-GPU-e86cb44c-1111-2222-3333-444444444444/2/0");
  EXPECT_EQ(slice.gpu_instance, 2);
  EXPECT_EQ(slice.compute_instance, 0);
}

TEST(SmiText, RemarksOfNvidiaSmiAreNoDevices) {
  EXPECT_THAT(parse_smi_text("No devices found.\n", "").gpus, IsEmpty());
  EXPECT_THAT(parse_smi_text("Unable to determine the device handle for gpu 0000:3B:00.0: GPU is "
                             "lost.  Reboot the system to recover this GPU\n",
                             "")
                  .gpus,
              IsEmpty());
  EXPECT_THAT(parse_smi_text("", "").gpus, IsEmpty());
}

TEST(SmiText, WrongLineIsNamedByItsNumber) {
  EXPECT_THAT(refusal_of("\nhello\n"), HasSubstr("smi:list.txt line 2: \"hello\""));
  EXPECT_THAT(refusal_of("  MIG 1g.5gb Device 0: (UUID: MIG-1)"), HasSubstr("line 1"));
  for (const auto* line :
       {"MIG 1g.5gb Device x: (UUID: MIG-1)", "MIG 1g Device 0: (UUID: MIG-1)",
        "MIG 1g.5gb Device 0: (UUID: GPU-1)", "MIG 1g.5gb Device 0: (UUID: MIG-1",
        "MIG 1g.5gb Device 0: x (UUID: MIG-1)", "GPU x: A (UUID: GPU-1)", "GPU -1: A (UUID: GPU-1)",
        "GPU 0: A (UUID: GPU-)"}) {
    const auto text = "GPU 0: A (UUID: GPU-1)\n" + std::string(line);
    EXPECT_THAT(refusal_of(text), HasSubstr("line 2")) << line;
  }
}

TEST(SmiText, IsPrintedAsItWasRead) {
  EXPECT_EQ(format_smi_text(parse_smi_text(today, "")), today);
}

Host random_host(std::mt19937& random) {
  const auto below = [&](unsigned limit) { return static_cast<int>(random() % limit); };
  std::string text;
  const int gpus = below(4);
  for (int g = 0; g < gpus; ++g) {
    const auto uuid = "GPU-" + std::to_string(random());
    text += "GPU " + std::to_string(g) + ": Card: (UUID: x) " + std::to_string(below(99)) +
            "GB (UUID: " + uuid + ")\n";
    const int slices = below(8);
    for (int s = 0; s < slices; ++s) {
      const auto name = below(2) == 0 ? "MIG-" + std::to_string(random())
                                      : "MIG-" + uuid + "/" + std::to_string(s) + "/0";
      text += " MIG " + std::to_string(1 + below(7)) + "g." + std::to_string(below(300)) +
              "gb Device " + std::to_string(s) + ": (UUID: " + name + ")\n";
    }
  }
  return parse_smi_text(text, "smi:random");
}

TEST(SmiText, WhatIsPrintedReadsBackAsTheSameHost) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    const auto host = random_host(random);
    EXPECT_EQ(parse_smi_text(format_smi_text(host), host.source), host);
  }
}

}  // namespace
}  // namespace septet
