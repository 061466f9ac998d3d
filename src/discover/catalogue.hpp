// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "discover/nvml_codes.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace septet {

/// Engines of a GPU, or of one of its instances.
struct Engines {
  int copy;
  int decode;
  int encode;
  int jpeg;
  int ofa;
};

/// One way to cut an instance out of a GPU: a row of `nvidia-smi mig -lgip`.
struct GpuProfile {
  std::string_view name;  ///< "1g.10gb+me", as nvidia-smi and mig-parted take it.
  int id;                 ///< The profile id: means something for one board only.
  nvml::GpuInstanceProfile kind;
  int compute_slices;
  int memory_slices;  ///< Units of the board's grid that it covers.
  int memory_mib;
  int multiprocessors;
  int max_instances;
  int places;  ///< It may start at 0, 1, … places-1 times its memory_slices.
  Engines engines;
};

/// A GPU that can be cut by MIG, as Septet simulates it.
struct GpuModel {
  std::string_view name;  ///< "a100-40gb": what SPEC takes.
  std::vector<std::string_view> aliases;
  std::string_view device_name;  ///< What NVML answers.
  std::uint16_t pci_device;
  std::uint16_t chip;  ///< The id that the driver hashes into UUIDs.
  int compute_major;   ///< Compute capability.
  int compute_minor;
  int memory_mib;
  int multiprocessors;
  int compute_slices;
  int memory_slices;     ///< Length of the grid that placements count in.
  bool mig_needs_reset;  ///< To turn MIG on or off: Ampere. Later ones switch at once.
  Engines engines;
  std::vector<GpuProfile> profiles;
  std::string_view sources;  ///< Where the numbers come from, and which are inferred.
};

/// Every model, in the order of their age. gpu_models.cpp has the numbers.
[[nodiscard]] std::span<const GpuModel> gpu_models();

/// The model that `name` means, in any spelling: "A100-40GB", "NVIDIA A100-SXM4-40GB".
/// Throws Error `argument` with the nearest name and the list.
[[nodiscard]] const GpuModel& find_model(std::string_view name);

/// The profile of that name or id, or null.
[[nodiscard]] const GpuProfile* find_profile(const GpuModel& model, std::string_view name);
[[nodiscard]] const GpuProfile* find_profile(const GpuModel& model, int id);

/// "1g.5gb, 1g.5gb+me, …".
[[nodiscard]] std::string profile_names(const GpuModel& model);

/// One way to cut a compute instance out of a GPU instance: a row of `nvidia-smi mig -lcip`.
struct ComputeProfile {
  nvml::ComputeInstanceProfile kind;  ///< Also its profile id.
  int compute_slices;
  int multiprocessors;
  int places;  ///< It may start at 0, 1, … places-1 times its `stride`.
  int stride;
};

/// What a GPU instance of `profile` can be cut into, the smallest first; the last fills it.
///
/// Source: MIG User Guide (1c, 2c and 3c of 3g; 1c, 2c and 4c of 4g; 1c to 4c and 7c of 7g), and
/// a listing of a GH200 for the single slice with double memory. The SMs of a part are its compute
/// slices times those of the board's smallest instance: inferred.
[[nodiscard]] std::vector<ComputeProfile> compute_profiles(const GpuModel& model,
                                                           const GpuProfile& profile);

}  // namespace septet
