// SPDX-License-Identifier: Apache-2.0
#include "discover/visible.hpp"

#include "discover/smi_text.hpp"
#include <septet/environment.hpp>
#include <septet/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace septet {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// GPU 0 with three slices, of which two share a beginning; GPU 1 whole; GPU 2 with one slice.
Host host() {
  auto result = parse_smi_text(
      "GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-aaaa1111-0000)\n"
      "  MIG 1g.5gb Device 0: (UUID: MIG-11111111-0000)\n"
      "  MIG 1g.5gb Device 1: (UUID: MIG-11112222-0000)\n"
      "  MIG 2g.10gb Device 2: (UUID: MIG-33333333-0000)\n"
      "GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-aaaa2222-0000)\n"
      "GPU 2: NVIDIA A100-SXM4-40GB (UUID: GPU-bbbb3333-0000)\n"
      "  MIG 7g.40gb Device 0: (UUID: MIG-GPU-bbbb3333-0000/0/0)\n",
      "nvml");
  result.gpus[0].slices[1].gpu_instance = 8;
  result.gpus[0].slices[1].compute_instance = 0;
  return result;
}

/// "0:0 0:2 1" for the slices that are left.
std::string names_of(const Host& narrowed) {
  std::string names;
  for (const auto& slice : slices_of(narrowed)) {
    names += (names.empty() ? "" : " ") + position(slice);
  }
  return names;
}

std::string left_by(const Environment& environment, Place place = Place::host) {
  return names_of(visible_part(host(), environment, place));
}

std::string refusal_of(const Environment& environment, Place place = Place::host) {
  try {
    (void)visible_part(host(), environment, place);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::device);
    return error.what();
  }
  return "not refused";
}

constexpr const char* everything = "0:0 0:1 0:2 1 2:0";

/// One rule: the value of a variable, and what it leaves.
struct Rule {
  const char* value;
  const char* left;
};

TEST(Visible, EverythingIsLeftWithoutVariables) { EXPECT_EQ(left_by({}), everything); }

TEST(Visible, CudaListsAreReadAsCudaReadsThem) {
  constexpr Rule rules[] = {
      {"", ""},
      {" ", ""},
      {"-1", ""},
      {"0", "0:0 0:1 0:2"},
      {"1", "1"},
      {"2,1", "1 2:0"},
      {" 1 , 2 ", "1 2:0"},
      {"1,", "1"},
      {"1,-1,0", "1"},
      {"GPU-aaaa2222-0000", "1"},
      {"GPU-b", "2:0"},
      {"GPU-aaaa1111-0000,GPU-aaaa2222-0000", "0:0 0:1 0:2 1"},
      {"MIG-11111111-0000", "0:0"},
      {"MIG-3", "0:2"},
      {"MIG-33333333-0000,MIG-11111111-0000,MIG-11112222-0000", "0:0 0:1 0:2"},
      {"MIG-GPU-bbbb3333-0000/0/0", "2:0"},
      {"MIG-GPU-aaaa1111-0000/8/0", "0:1"},
      {"MIG-GPU-aaaa1/8/0", "0:1"},
  };
  for (const auto& rule : rules) {
    EXPECT_EQ(left_by({{"CUDA_VISIBLE_DEVICES", rule.value}}), rule.left) << rule.value;
  }
}

TEST(Visible, CudaTrapsAreErrorsThatSaySo) {
  constexpr Rule rules[] = {
      {"7", "\"7\" names no GPU"},
      {"0,7", "\"7\" names no GPU"},
      {"0,,1", "empty entry"},
      {"0,0", "\"0\" is there twice"},
      {"MIG-3,MIG-33333333-0000", "\"MIG-33333333-0000\" is there twice"},
      {"0:1", "is read by CUDA as GPU 0: write MIG-11112222-0000"},
      {"0:9", "is read by CUDA as GPU 0: write a slice's uuid"},
      {"all", "is no word of CUDA's, which sees no device"},
      {"none", "make the variable empty"},
      {"void", "make the variable empty"},
      {"0,MIG-33333333-0000", "mixes numbers and uuids"},
      {"MIG-33333333-0000,0", "mixes numbers and uuids"},
      {"0x1", "neither the number nor the uuid"},
      {"1abc", "neither the number nor the uuid"},
      {"NoDevFiles", "neither the number nor the uuid"},
      {"GPU-aaaa", "is the beginning of several names"},
      {"MIG-1111", "is the beginning of several names"},
      {"GPU-", "names no GPU"},
      {"GPU-cccc", "names no GPU"},
      {"MIG-99999999-0000", "names no slice: it is gone"},
      {"MIG-GPU-aaaa1111-0000/9/0", "names no slice: it is gone"},
      {"99999999999999999999", "neither the number nor the uuid"},
  };
  for (const auto& rule : rules) {
    const auto message = refusal_of({{"CUDA_VISIBLE_DEVICES", rule.value}});
    EXPECT_THAT(message, HasSubstr(rule.left)) << rule.value;
    EXPECT_THAT(message, HasSubstr("CUDA_VISIBLE_DEVICES: ")) << rule.value;
    EXPECT_THAT(message, HasSubstr("0:0 MIG-11111111-0000")) << "what the host has";
  }
}

TEST(Visible, CudaCountsOnlyTheGpusThatItMayOpen) {
  auto constrained = host();
  constrained.gpus[0].state = GpuState::denied;
  constrained.gpus[0].slices.clear();
  const Environment first{{"CUDA_VISIBLE_DEVICES", "0"}};
  EXPECT_EQ(names_of(visible_part(constrained, first, Place::host)), "1");
}

TEST(Visible, ContainerListsAreReadAsTheToolkitReadsThem) {
  constexpr Rule rules[] = {
      {"", everything},
      {"void", everything},
      {"0,void", everything},
      {"all", everything},
      {"/var/run/nvidia-container-devices", everything},
      {"none", ""},
      {"1", "1"},
      {"1,1", "1"},
      {"0:1", "0:1"},
      {"0:1,2:0,1", "0:1 1 2:0"},
      {"GPU-aaaa1111-0000", "0:0 0:1 0:2"},
      {"GPU-b,0:0", "0:0 2:0"},
      {"MIG-3", "0:2"},
      {"MIG-GPU-bbbb3333-0000/0/0", "2:0"},
      {"nvidia.com/gpu=all", everything},
      {"nvidia.com/gpu=0:2", "0:2"},
      {"nvidia.com/gpu=mig0:2,nvidia.com/gpu=gpu1", "0:2 1"},
      {"runtime.nvidia.com/gpu=MIG-33333333-0000", "0:2"},
      {"nvidia.com/imex-channel=0", everything},
      {"1,nvidia.com/imex-channel=0", "1"},
  };
  for (const auto& rule : rules) {
    EXPECT_EQ(left_by({{"NVIDIA_VISIBLE_DEVICES", rule.value}}), rule.left) << rule.value;
  }
}

TEST(Visible, ContainerEntryThatNamesNothingIsAnError) {
  constexpr Rule rules[] = {
      {"7", "\"7\" names no GPU"},
      {"0:7", "\"0:7\" names no GPU"},
      {"MIG-99999999-0000", "names no slice: it is gone"},
      {"GPU-aaaa", "is the beginning of several names"},
      {"first", "is no number, G:M, uuid or CDI name"},
      {"none,0", "is no number, G:M, uuid or CDI name"},
  };
  for (const auto& rule : rules) {
    EXPECT_THAT(refusal_of({{"NVIDIA_VISIBLE_DEVICES", rule.value}}), HasSubstr(rule.left))
        << rule.value;
  }
}

TEST(Visible, NumbersOfTheOuterHostMeanNothingInAContainer) {
  for (const auto* value : {"7", "7:3", "nvidia.com/gpu=7", "7,MIG-33333333-0000"}) {
    EXPECT_EQ(left_by({{"NVIDIA_VISIBLE_DEVICES", value}}, Place::container), everything) << value;
  }
  EXPECT_EQ(left_by({{"NVIDIA_VISIBLE_DEVICES", "MIG-33333333-0000"}}, Place::container), "0:2");
  EXPECT_THAT(refusal_of({{"NVIDIA_VISIBLE_DEVICES", "MIG-9"}}, Place::container),
              HasSubstr("names no slice"));
}

TEST(Visible, BothVariablesNarrow) {
  EXPECT_EQ(left_by({{"CUDA_VISIBLE_DEVICES", "0"}, {"NVIDIA_VISIBLE_DEVICES", "0:1,1"}}), "0:1");
  EXPECT_EQ(left_by({{"CUDA_VISIBLE_DEVICES", ""}, {"NVIDIA_VISIBLE_DEVICES", "1"}}), "");
  EXPECT_THAT(refusal_of({{"CUDA_VISIBLE_DEVICES", "0"}, {"NVIDIA_VISIBLE_DEVICES", "1"}}),
              HasSubstr("leave none"));
}

TEST(Visible, SlurmStepHasWhatItsCgroupShowsWhicheverWayItIsCounted) {
  const auto in_slurm = [](const std::string& value) {
    return Environment{{"SLURM_JOB_ID", "7"},
                       {"SLURM_STEP_GPUS", "5,6,7"},
                       {"SLURM_JOB_GPUS", "4,5,6,7"},
                       {"CUDA_VISIBLE_DEVICES", value}};
  };
  EXPECT_EQ(left_by(in_slurm("0,1,2")), everything) << "as many as GPUs";
  EXPECT_EQ(left_by(in_slurm("0,1,2,3,4")), everything) << "as many as slices";
  EXPECT_EQ(left_by(in_slurm("1,2")), "1 2:0") << "a part, by number";
  EXPECT_EQ(left_by(in_slurm("MIG-33333333-0000")), "0:2");
  EXPECT_EQ(left_by(in_slurm("NoDevFiles")), "");
  EXPECT_THAT(refusal_of(in_slurm("0,1,2,3")), HasSubstr("\"3\" names no GPU"));
}

TEST(Visible, SlurmsGlobalNumbersAreNotUsed) {
  EXPECT_EQ(left_by({{"SLURM_JOB_ID", "7"}, {"SLURM_STEP_GPUS", "1"}}), everything);
}

TEST(Visible, WhatLeftDevicesOutIsTold) {
  const auto told = [](const Environment& environment) {
    return visible_part(host(), environment, Place::host).hidden_by;
  };
  EXPECT_EQ(told({}), "");
  EXPECT_EQ(told({{"CUDA_VISIBLE_DEVICES", "0,1,2"}}), "");
  EXPECT_EQ(told({{"CUDA_VISIBLE_DEVICES", ""}}), "CUDA_VISIBLE_DEVICES=\"\"");
  EXPECT_EQ(told({{"CUDA_VISIBLE_DEVICES", "0"}, {"NVIDIA_VISIBLE_DEVICES", "0:1,1"}}),
            "NVIDIA_VISIBLE_DEVICES=\"0:1,1\" and CUDA_VISIBLE_DEVICES=\"0\"");
  EXPECT_EQ(told({{"CUDA_VISIBLE_DEVICES", "MIG-33333333-0000,MIG-11111111-0000"}}),
            "CUDA_VISIBLE_DEVICES");
}

TEST(Visible, PartitionedGpuKeepsItsStateWhenAPartIsLeft) {
  const auto narrowed =
      visible_part(host(), {{"CUDA_VISIBLE_DEVICES", "MIG-33333333-0000"}}, Place::host);
  ASSERT_EQ(narrowed.gpus.size(), 1U);
  EXPECT_EQ(narrowed.gpus[0].state, GpuState::partitioned);
}

TEST(Place, ContainersAreKnownByTheirVariables) {
  EXPECT_EQ(current_place({{"container", "podman"}}), Place::container);
  EXPECT_EQ(current_place({{"KUBERNETES_SERVICE_HOST", "10.0.0.1"}}), Place::container);
}

TEST(Leased, OnlyTheLeasesSlicesAreLeft) {
  const auto narrowed =
      leased_part(host(), {{"SEPTET_SLICES", "MIG-11112222-0000,GPU-aaaa2222-0000"}});
  EXPECT_EQ(names_of(narrowed), "0:1 1");
  EXPECT_EQ(narrowed.hidden_by, "the lease (SEPTET_SLICES)");
  EXPECT_EQ(names_of(leased_part(host(), {})), everything);
  EXPECT_EQ(names_of(leased_part(host(), {{"SEPTET_SLICES", ""}})), everything);
}

TEST(Leased, SliceThatIsGoneIsAnErrorAndBeginningsAreNoNames) {
  for (const auto* value : {"MIG-99999999-0000", "MIG-3", "0:0", "MIG-33333333-0000,"}) {
    EXPECT_THROW((void)leased_part(host(), {{"SEPTET_SLICES", value}}), Error) << value;
  }
}

}  // namespace
}  // namespace septet
