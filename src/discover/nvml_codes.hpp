// SPDX-License-Identifier: Apache-2.0
#pragma once

/// The enumerations of NVML's C ABI; nvml_abi.hpp has the rest.
namespace septet::nvml {

/// nvmlReturn_t: what every call answers.
enum class Result : int {
  success = 0,
  uninitialized = 1,
  invalid_argument = 2,
  not_supported = 3,
  no_permission = 4,
  already_initialized = 5,
  not_found = 6,
  insufficient_size = 7,
  insufficient_power = 8,
  driver_not_loaded = 9,
  timeout = 10,
  irq_issue = 11,
  library_not_found = 12,
  function_not_found = 13,
  corrupted_inforom = 14,
  gpu_is_lost = 15,
  reset_required = 16,
  operating_system = 17,
  lib_rm_version_mismatch = 18,
  in_use = 19,
  memory = 20,
  no_data = 21,
  vgpu_ecc_not_supported = 22,
  insufficient_resources = 23,
  freq_not_supported = 24,
  argument_version_mismatch = 25,
  deprecated = 26,
  not_ready = 27,
  gpu_not_found = 28,
  invalid_state = 29,
  unknown = 999,
};

/// NVML_GPU_INSTANCE_PROFILE_*: the argument of nvmlDeviceGetGpuInstanceProfileInfo, and nothing
/// else. Not the profile id, which every other call takes and which differs between boards.
enum class GpuInstanceProfile : unsigned {
  slice_1 = 0,
  slice_2 = 1,
  slice_3 = 2,
  slice_4 = 3,
  slice_7 = 4,
  slice_8 = 5,
  slice_6 = 6,
  slice_1_rev1 = 7,  ///< +me
  slice_2_rev1 = 8,  ///< +me
  slice_1_rev2 = 9,  ///< One compute slice, double memory.
  slice_1_gfx = 10,
  slice_2_gfx = 11,
  slice_4_gfx = 12,
  slice_1_no_me = 13,
  slice_2_no_me = 14,
  slice_1_all_me = 15,
  slice_2_all_me = 16,
  slice_3_gfx = 17,
};
constexpr unsigned gpu_instance_profile_count = 18;

/// NVML_COMPUTE_INSTANCE_PROFILE_*. Here the profile id is the same number.
enum class ComputeInstanceProfile : unsigned {
  slice_1 = 0,
  slice_2 = 1,
  slice_3 = 2,
  slice_4 = 3,
  slice_7 = 4,
  slice_8 = 5,
  slice_6 = 6,
  slice_1_rev1 = 7,  ///< The one of a GPU instance with one slice and double memory.
  slice_7_nvl = 8,
};
constexpr unsigned compute_instance_profile_count = 9;

}  // namespace septet::nvml
