// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "discover/catalogue.hpp"
#include "discover/simulated_uuid.hpp"

#include <optional>
#include <string>
#include <vector>

/// A host whose GPUs are only described: what the driver would make of them, as a value.
///
/// The rules of MIG live here: where instances may lie, what their ids and UUIDs are, which
/// calls are refused. Whoever may call and who uses an instance is the caller's affair.
namespace septet::simulated {

struct ComputeInstance {
  int id;  ///< The lowest that was free when it was made.
  ComputeProfile profile;
  int start;  ///< In compute slices of the GPU instance.
};

struct GpuInstance {
  int id;  ///< Follows from size and start: `gpu_instance_id`.
  const GpuProfile* profile;
  int start;                             ///< In memory slices of the GPU.
  std::vector<ComputeInstance> compute;  ///< By id.
};

struct Gpu {
  const GpuModel* model;
  int index;
  Identity identity;
  bool mig = false;
  bool mig_pending = false;            ///< What a reset would make of `mig`.
  std::vector<GpuInstance> instances;  ///< By id; none while MIG is off.
};

struct World {
  std::string driver_version = "580.159.04";
  int cuda_version = 13000;
  std::vector<Gpu> gpus;  ///< By index.
};

/// The most GPUs a world can have: as many as the driver has capability files for.
constexpr int most_gpus = 32;

/// The id of a new instance, or why there is none.
struct Created {
  nvml::Result result = nvml::Result::success;
  int id = -1;
};

/// A GPU of `model` with MIG off, added at the end. Requires: fewer than `most_gpus`.
Gpu& add_gpu(World& world, const GpuModel& model);

/// The driver's number of a GPU instance: fixed by its share of the grid and its start. 0 is the
/// whole, 1 and 2 the halves, 3 to 6 the quarters, 7 to 14 the eighths. Source: NVIDIA's open GPU
/// kernel modules, kmigmgr_ga100.c, checked against listings of A30, A100 and RTX PRO 6000.
[[nodiscard]] int gpu_instance_id(const GpuModel& model, const GpuProfile& profile, int start);

/// How many more instances of `profile` fit.
[[nodiscard]] int remaining_capacity(const Gpu& gpu, const GpuProfile& profile);
[[nodiscard]] int remaining_capacity(const GpuInstance& instance, const ComputeProfile& profile);

/// Makes a GPU instance at `start`, or where the driver would: at the highest free place (so the
/// User Guide's example comes out: 1g at 6, 2g at 4, 4g at 0). Answers not_supported while MIG is
/// off, insufficient_resources without room, invalid_argument for a start that is no place.
Created create_gpu_instance(Gpu& gpu, const GpuProfile& profile, std::optional<int> start = {});

/// Makes a compute instance at `start`, or at the lowest free place.
Created create_compute_instance(GpuInstance& instance, const ComputeProfile& profile,
                                std::optional<int> start = {});

/// Removes one. Answers not_found, and in_use for a GPU instance with compute instances.
nvml::Result destroy_gpu_instance(Gpu& gpu, int id);
nvml::Result destroy_compute_instance(GpuInstance& instance, int id);

/// Turns MIG on or off and answers the activation: reset_required where it waits for a reset,
/// in_use while there are instances.
nvml::Result set_mig_mode(Gpu& gpu, bool on);

/// What a reset of the GPU does: instances are gone, the pending MIG mode holds.
void reset(Gpu& gpu);

/// The instance of that id, or null.
[[nodiscard]] GpuInstance* find_instance(Gpu& gpu, int id);
[[nodiscard]] const GpuInstance* find_instance(const Gpu& gpu, int id);
[[nodiscard]] const ComputeInstance* find_instance(const GpuInstance& instance, int id);

/// What a MIG handle of NVML stands for.
struct MigDevice {
  const GpuInstance* instance;
  const ComputeInstance* compute;
};

/// The MIG devices of a GPU by index: in the order of GPU instance ids, so that a new instance can
/// renumber the others. Borrowed from `gpu`.
[[nodiscard]] std::vector<MigDevice> mig_devices(const Gpu& gpu);

/// "3g.40gb", or "1c.3g.40gb" for a part.
[[nodiscard]] std::string profile_name(const MigDevice& device);

[[nodiscard]] std::string uuid_of(const Gpu& gpu);
[[nodiscard]] std::string uuid_of(const Gpu& gpu, const MigDevice& device);

/// Domain, bus and device of a simulated GPU.
struct PciAddress {
  unsigned domain;
  unsigned bus;
  unsigned device;
};
[[nodiscard]] PciAddress pci_of(const Gpu& gpu);

}  // namespace septet::simulated
