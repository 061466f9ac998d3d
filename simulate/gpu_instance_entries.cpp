// SPDX-License-Identifier: Apache-2.0
//
// GPU instances: their profiles, and their life.
#include "entry.hpp"
#include "versioned.hpp"

namespace septet::standin {
namespace {

using nvml::Device;
using nvml::GpuInstance;
using nvml::GpuInstanceInfo;
using nvml::GpuInstanceProfileInfo;
using nvml::GpuInstanceProfileInfoV2;
using nvml::GpuInstanceProfileInfoV3;
using nvml::Placement;
using nvml::Result;

/// By NVML's enumerator. Source of the codes: an H200 with driver 580 answers not_supported for
/// what the board lacks, invalid_argument from the first number that driver does not know.
const GpuProfile& profile_of_kind(const simulated::Gpu& gpu, unsigned kind) {
  if (kind >= nvml::gpu_instance_profile_count) refuse(Result::invalid_argument);
  for (const auto& profile : gpu.model->profiles) {
    if (static_cast<unsigned>(profile.kind) == kind) return profile;
  }
  refuse(Result::not_supported);
}

const GpuProfile& profile_of_id(const simulated::Gpu& gpu, unsigned id) {
  const auto* profile = find_profile(*gpu.model, static_cast<int>(id));
  if (profile == nullptr) refuse(Result::not_supported);
  return *profile;
}

/// What all versions of the struct have.
template <typename Info>
void put_common(const GpuProfile& profile, Info& info) {
  info.id = number(profile.id);
  info.slices = number(profile.compute_slices);
  info.instances = number(profile.max_instances);
  info.multiprocessors = number(profile.multiprocessors);
  info.copy_engines = number(profile.engines.copy);
  info.decoders = number(profile.engines.decode);
  info.encoders = number(profile.engines.encode);
  info.jpegs = number(profile.engines.jpeg);
  info.ofas = number(profile.engines.ofa);
  info.memory_mib = static_cast<std::uint64_t>(profile.memory_mib);
}

// Source of "MIG " before the name: what nvidia-smi prints of it.
std::string name_of(const GpuProfile& profile) { return "MIG " + std::string(profile.name); }

/// Peers are answered with no on every board that was seen, in all versions.
void put(const GpuProfile& profile, GpuInstanceProfileInfo& info) {
  info = {};
  put_common(profile, info);
}

void put(const GpuProfile& profile, GpuInstanceProfileInfoV2& info) {
  put_common(profile, info);
  info.p2p = 0;
  put_text(name_of(profile), info.name);
}

void put(const GpuProfile& profile, GpuInstanceProfileInfoV3& info) {
  put_common(profile, info);
  put_text(name_of(profile), info.name);
  const bool graphics = profile.name.ends_with("+gfx");
  info.capabilities = graphics ? nvml::capability_gfx : 0;
}

void put_any(const GpuProfile& profile, void* info) {
  put_versioned<GpuInstanceProfileInfoV2, GpuInstanceProfileInfoV3>(
      info, [&](auto& versioned) { put(profile, versioned); });
}

std::vector<Placement> placements_of(const GpuProfile& profile) {
  std::vector<Placement> placements;
  for (int place = 0; place < profile.places; ++place) {
    const int size = profile.memory_slices;
    placements.push_back({number(place * size), number(size)});
  }
  return placements;
}

GpuInstance create(Session& session, Device device, unsigned id, const Placement* placement) {
  const auto& gpu = session.gpu(device);
  session.require_root();
  const auto& profile = profile_of_id(gpu, id);
  if (placement && placement->size != number(profile.memory_slices)) {
    refuse(Result::invalid_argument);
  }
  const auto start = placement ? std::optional(static_cast<int>(placement->start)) : std::nullopt;
  GpuInstanceKey key{.gpu = gpu.index};
  session.update(gpu.index, [&](auto& changed) {
    const auto created = create_gpu_instance(changed, profile, start);
    if (created.result != Result::success) refuse(created.result);
    key.id = created.id;
  });
  return session.handle_of(key);
}

std::vector<GpuInstance> instances_of(Session& session, const simulated::Gpu& gpu, unsigned id) {
  std::vector<GpuInstance> handles;
  const auto& profile = profile_of_id(gpu, id);
  for (const auto& instance : gpu.instances) {
    if (instance.profile != &profile) continue;
    handles.push_back(session.handle_of(GpuInstanceKey{gpu.index, instance.id}));
  }
  return handles;
}

GpuInstance instance_of_id(Session& session, const simulated::Gpu& gpu, unsigned id) {
  if (find_instance(gpu, static_cast<int>(id)) == nullptr) refuse(Result::not_found);
  return session.handle_of(GpuInstanceKey{gpu.index, static_cast<int>(id)});
}

void put_info(Session& session, const GpuInstanceKey& key, GpuInstanceInfo& info) {
  const auto& instance = session.instance(key);
  const auto& profile = *instance.profile;
  info = {session.handle_of(DeviceKey{.gpu = key.gpu}),
          number(instance.id),
          number(profile.id),
          {number(instance.start), number(profile.memory_slices)}};
}

void destroy(Session& session, GpuInstance handle) {
  const auto key = session.key_of(handle);
  session.require_root();
  static_cast<void>(session.instance(key));
  session.update(key.gpu, [&](auto& changed) {
    const auto result = destroy_gpu_instance(changed, key.id);
    if (result != Result::success) refuse(result);
  });
}

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

Result nvmlDeviceGetGpuInstanceProfileInfo(Device device, unsigned kind,
                                           GpuInstanceProfileInfo* info) {
  return guarded([&](Session& s) { put(profile_of_kind(s.gpu(device), kind), required(info)); });
}
Result nvmlDeviceGetGpuInstanceProfileInfoV(Device device, unsigned kind, void* info) {
  return guarded([&](Session& s) {
    const auto& profile = profile_of_kind(s.gpu(device), kind);
    put_any(profile, info);
  });
}
Result nvmlDeviceGetGpuInstanceProfileInfoByIdV(Device device, unsigned id, void* info) {
  return guarded([&](Session& s) {
    const auto& profile = profile_of_id(s.gpu(device), id);
    put_any(profile, info);
  });
}

Result nvmlDeviceGetGpuInstancePossiblePlacements_v2(Device device, unsigned id,
                                                     Placement* placements, unsigned* count) {
  return guarded([&](Session& s) {
    const auto& gpu = s.gpu(device);
    s.require_root();
    put_list_or_count(placements_of(profile_of_id(gpu, id)), count, placements);
  });
}
Result nvmlDeviceGetGpuInstancePossiblePlacements(Device device, unsigned id, Placement* placements,
                                                  unsigned* count) {
  return nvmlDeviceGetGpuInstancePossiblePlacements_v2(device, id, placements, count);
}
Result nvmlDeviceGetGpuInstanceRemainingCapacity(Device device, unsigned id, unsigned* count) {
  return guarded([&](Session& s) {
    const auto& gpu = s.gpu(device);
    s.require_root();
    required(count) = number(remaining_capacity(gpu, profile_of_id(gpu, id)));
  });
}

Result nvmlDeviceCreateGpuInstance(Device device, unsigned id, GpuInstance* instance) {
  return guarded([&](Session& s) {
    static_cast<void>(required(instance));
    *instance = create(s, device, id, nullptr);
  });
}
Result nvmlDeviceCreateGpuInstanceWithPlacement(Device device, unsigned id,
                                                const Placement* placement, GpuInstance* instance) {
  return guarded([&](Session& s) {
    static_cast<void>(required(instance));
    *instance = create(s, device, id, &required(placement));
  });
}

Result nvmlDeviceGetGpuInstances(Device device, unsigned id, GpuInstance* instances,
                                 unsigned* count) {
  return guarded([&](Session& s) {
    const auto& gpu = s.gpu(device);
    s.require_root();
    put_all(instances_of(s, gpu, id), count, instances);
  });
}
Result nvmlDeviceGetGpuInstanceById(Device device, unsigned id, GpuInstance* instance) {
  return guarded([&](Session& s) {
    const auto& gpu = s.gpu(device);
    s.require_root();
    required(instance) = instance_of_id(s, gpu, id);
  });
}

Result nvmlGpuInstanceGetInfo(GpuInstance instance, GpuInstanceInfo* info) {
  return guarded([&](Session& s) { put_info(s, s.key_of(instance), required(info)); });
}
Result nvmlGpuInstanceDestroy(GpuInstance instance) {
  return guarded([&](Session& s) { destroy(s, instance); });
}
}  // extern "C"
#pragma GCC visibility pop

}  // namespace septet::standin
