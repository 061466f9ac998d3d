// SPDX-License-Identifier: Apache-2.0
#include "discover/simulated_world.hpp"

#include "discover/packing.hpp"

#include <algorithm>

namespace septet::simulated {
namespace {

using nvml::Result;

Piece piece_of(const GpuProfile& profile) {
  return {profile.memory_slices, profile.memory_slices, profile.places};
}

Piece piece_of(const ComputeProfile& profile) {
  return {profile.compute_slices, profile.stride, profile.places};
}

std::uint64_t taken(const Gpu& gpu) {
  std::uint64_t slices = 0;
  for (const auto& instance : gpu.instances) {
    slices |= covered(instance.start, instance.profile->memory_slices);
  }
  return slices;
}

std::uint64_t taken(const GpuInstance& instance) {
  std::uint64_t slices = 0;
  for (const auto& compute : instance.compute) {
    slices |= covered(compute.start, compute.profile.compute_slices);
  }
  return slices;
}

/// How often `each` still fits into what `used` leaves of `whole`.
int times(int whole, int used, int each) { return each == 0 ? whole : (whole - used) / each; }

/// The sum over all instances of one number of their profile.
template <typename Number>
int sum(const Gpu& gpu, Number number) {
  int total = 0;
  for (const auto& instance : gpu.instances) total += number(*instance.profile);
  return total;
}

int times_engines_fit(const Gpu& gpu, const GpuProfile& profile) {
  int least = profile.max_instances;
  for (const auto engine :
       {&Engines::copy, &Engines::decode, &Engines::encode, &Engines::jpeg, &Engines::ofa}) {
    const int each = profile.engines.*engine;
    if (each == 0) continue;
    const int used = sum(gpu, [&](const auto& other) { return other.engines.*engine; });
    least = std::min(least, times(gpu.model->engines.*engine, used, each));
  }
  return least;
}

/// Keeps a list in the order of ids.
template <typename Instance>
Instance& insert_by_id(std::vector<Instance>& list, Instance instance) {
  const auto place = std::ranges::lower_bound(list, instance.id, {}, &Instance::id);
  return *list.insert(place, std::move(instance));
}

int lowest_free_id(const GpuInstance& instance) {
  int id = 0;
  for (const auto& compute : instance.compute) {
    if (compute.id == id) ++id;
  }
  return id;
}

/// `wanted` if it is free, the first free place without it, or why neither will do.
Created choose_start(const Piece& piece, std::uint64_t slices, End end, std::optional<int> wanted) {
  if (wanted &&
      (*wanted < 0 || *wanted % piece.stride != 0 || *wanted / piece.stride >= piece.places)) {
    return {Result::invalid_argument};
  }
  const auto starts = free_starts(piece, slices, end);
  if (!wanted && !starts.empty()) return {Result::success, starts.front()};
  if (wanted && std::ranges::find(starts, *wanted) != starts.end()) {
    return {Result::success, *wanted};
  }
  return {Result::insufficient_resources};
}

/// The first of the hardware pipes that feed the instance: one for each compute slice.
int first_pipe(const GpuModel& model, const MigDevice& device) {
  const int memory_per_compute = std::max(1, model.memory_slices / model.compute_slices);
  return device.instance->start / memory_per_compute + device.compute->start;
}

}  // namespace

Gpu& add_gpu(World& world, const GpuModel& model) {
  const auto index = static_cast<int>(world.gpus.size());
  // The board's id is in it, so that boards of one die differ.
  const auto pdi = std::uint64_t{model.pci_device} << 32 | static_cast<std::uint64_t>(index + 1);
  return world.gpus.emplace_back(
      Gpu{.model = &model, .index = index, .identity = {model.chip, pdi}, .instances = {}});
}

int gpu_instance_id(const GpuModel& model, const GpuProfile& profile, int start) {
  const int parts = model.memory_slices / profile.memory_slices;
  return parts - 1 + start / profile.memory_slices;
}

int remaining_capacity(const Gpu& gpu, const GpuProfile& profile) {
  const auto starts = free_starts(piece_of(profile), taken(gpu), End::high);
  const int compute = sum(gpu, [](const auto& other) { return other.compute_slices; });
  const int of_same = sum(gpu, [&](const auto& other) { return other.id == profile.id ? 1 : 0; });
  return std::max(0, std::min({static_cast<int>(starts.size()), profile.max_instances - of_same,
                               times(gpu.model->compute_slices, compute, profile.compute_slices),
                               times_engines_fit(gpu, profile)}));
}

int remaining_capacity(const GpuInstance& instance, const ComputeProfile& profile) {
  return static_cast<int>(free_starts(piece_of(profile), taken(instance), End::low).size());
}

Created create_gpu_instance(Gpu& gpu, const GpuProfile& profile, std::optional<int> start) {
  if (!gpu.mig) return {Result::not_supported};
  const auto [result, at] = choose_start(piece_of(profile), taken(gpu), End::high, start);
  if (result != Result::success) return {result};
  if (remaining_capacity(gpu, profile) == 0) return {Result::insufficient_resources};
  const int id = gpu_instance_id(*gpu.model, profile, at);
  insert_by_id(gpu.instances, GpuInstance{id, &profile, at, {}});
  return {Result::success, id};
}

Created create_compute_instance(GpuInstance& instance, const ComputeProfile& profile,
                                std::optional<int> start) {
  const auto [result, at] = choose_start(piece_of(profile), taken(instance), End::low, start);
  if (result != Result::success) return {result};
  const int id = lowest_free_id(instance);
  insert_by_id(instance.compute, ComputeInstance{id, profile, at});
  return {Result::success, id};
}

Result destroy_gpu_instance(Gpu& gpu, int id) {
  const auto* instance = find_instance(gpu, id);
  if (instance == nullptr) return Result::not_found;
  if (!instance->compute.empty()) return Result::in_use;
  std::erase_if(gpu.instances, [&](const auto& other) { return other.id == id; });
  return Result::success;
}

Result destroy_compute_instance(GpuInstance& instance, int id) {
  const auto gone =
      std::erase_if(instance.compute, [&](const auto& other) { return other.id == id; });
  return gone == 0 ? Result::not_found : Result::success;
}

Result set_mig_mode(Gpu& gpu, bool on) {
  if (!on && !gpu.instances.empty()) return Result::in_use;
  gpu.mig_pending = on;
  if (gpu.mig != on && gpu.model->mig_needs_reset) return Result::reset_required;
  gpu.mig = on;
  return Result::success;
}

void reset(Gpu& gpu) {
  gpu.instances.clear();
  gpu.mig = gpu.mig_pending;
}

const GpuInstance* find_instance(const Gpu& gpu, int id) {
  const auto found = std::ranges::find(gpu.instances, id, &GpuInstance::id);
  return found == gpu.instances.end() ? nullptr : &*found;
}

GpuInstance* find_instance(Gpu& gpu, int id) {
  const auto found = std::ranges::find(gpu.instances, id, &GpuInstance::id);
  return found == gpu.instances.end() ? nullptr : &*found;
}

const ComputeInstance* find_instance(const GpuInstance& instance, int id) {
  const auto found = std::ranges::find(instance.compute, id, &ComputeInstance::id);
  return found == instance.compute.end() ? nullptr : &*found;
}

std::vector<MigDevice> mig_devices(const Gpu& gpu) {
  std::vector<MigDevice> devices;
  for (const auto& instance : gpu.instances) {
    for (const auto& compute : instance.compute) devices.push_back({&instance, &compute});
  }
  return devices;
}

std::string profile_name(const MigDevice& device) {
  const std::string whole(device.instance->profile->name);
  const int slices = device.compute->profile.compute_slices;
  if (slices == device.instance->profile->compute_slices) return whole;
  return std::to_string(slices) + "c." + whole;
}

std::string uuid_of(const Gpu& gpu) { return gpu_uuid(gpu.identity); }

std::string uuid_of(const Gpu& gpu, const MigDevice& device) {
  return mig_uuid(gpu.identity, device.instance->id, first_pipe(*gpu.model, device));
}

PciAddress pci_of(const Gpu& gpu) {
  constexpr int first_bus = 0x07;
  constexpr int bus_step = 0x08;
  return {0, static_cast<unsigned>(first_bus + bus_step * gpu.index), 0};
}

}  // namespace septet::simulated
