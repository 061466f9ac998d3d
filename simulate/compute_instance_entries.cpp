// SPDX-License-Identifier: Apache-2.0
//
// Compute instances: their profiles, and their life inside a GPU instance.
#include "entry.hpp"
#include "leased_processes.hpp"
#include "versioned.hpp"

namespace septet::standin {
namespace {

using nvml::ComputeInstance;
using nvml::ComputeInstanceInfo;
using nvml::ComputeInstanceInfoV1;
using nvml::ComputeInstanceProfileInfo;
using nvml::ComputeInstanceProfileInfoV2;
using nvml::ComputeInstanceProfileInfoV3;
using nvml::GpuInstance;
using nvml::Placement;
using nvml::Result;

unsigned id_of(const ComputeProfile& profile) { return static_cast<unsigned>(profile.kind); }

/// A GPU instance and one way to cut it.
struct Cut {
  GpuInstanceKey key;
  const simulated::GpuInstance& instance;
  ComputeProfile profile;
};

/// Enumerator and profile id are the same number here.
Cut cut_of(Session& session, GpuInstance handle, unsigned kind) {
  const auto key = session.key_of(handle);
  const auto& instance = session.instance(key);
  if (kind >= nvml::compute_instance_profile_count) refuse(Result::invalid_argument);
  const auto& model = *session.world().gpus.at(static_cast<std::size_t>(key.gpu)).model;
  for (const auto& profile : compute_profiles(model, *instance.profile)) {
    if (id_of(profile) == kind) return {key, instance, profile};
  }
  refuse(Result::not_supported);
}

ComputeInstanceProfileInfo info_of(const Cut& cut) {
  const auto& engines = cut.instance.profile->engines;
  return {id_of(cut.profile),         number(cut.profile.compute_slices),
          number(cut.profile.places), number(cut.profile.multiprocessors),
          number(engines.copy),       number(engines.decode),
          number(engines.encode),     number(engines.jpeg),
          number(engines.ofa)};
}

std::string name_of(const Cut& cut) {
  const simulated::ComputeInstance one{.id = 0, .profile = cut.profile, .start = 0};
  return "MIG " + profile_name(simulated::MigDevice{&cut.instance, &one});
}

void put(const Cut& cut, ComputeInstanceProfileInfoV2& info) {
  info.info = info_of(cut);
  put_text(name_of(cut), info.name);
}

void put(const Cut& cut, ComputeInstanceProfileInfoV3& info) {
  info.info = info_of(cut);
  put_text(name_of(cut), info.name);
  info.capabilities = 0;
}

Cut cut_of_engine(Session& session, GpuInstance handle, unsigned kind, unsigned engine) {
  const auto cut = cut_of(session, handle, kind);
  if (engine != nvml::engine_profile_shared) refuse(Result::invalid_argument);
  return cut;
}

std::vector<Placement> placements_of(const ComputeProfile& profile) {
  std::vector<Placement> placements;
  for (int place = 0; place < profile.places; ++place) {
    placements.push_back({number(place * profile.stride), number(profile.compute_slices)});
  }
  return placements;
}

ComputeInstance create(Session& session, GpuInstance handle, unsigned id,
                       const Placement* placement) {
  const auto cut = cut_of(session, handle, id);
  session.require_root();
  if (placement && placement->size != number(cut.profile.compute_slices)) {
    refuse(Result::invalid_argument);
  }
  const auto start = placement ? std::optional(static_cast<int>(placement->start)) : std::nullopt;
  ComputeInstanceKey key{.gpu_instance = cut.key};
  session.update(cut.key.gpu, [&](auto& gpu) {
    auto* instance = find_instance(gpu, cut.key.id);
    if (instance == nullptr) refuse(Result::invalid_argument);
    const auto created = create_compute_instance(*instance, cut.profile, start);
    if (created.result != Result::success) refuse(created.result);
    key.id = created.id;
  });
  return session.handle_of(key);
}

std::vector<ComputeInstance> instances_of(Session& session, GpuInstance handle, unsigned id) {
  const auto cut = cut_of(session, handle, id);
  session.require_root();
  std::vector<ComputeInstance> handles;
  for (const auto& compute : cut.instance.compute) {
    if (id_of(compute.profile) != id) continue;
    handles.push_back(session.handle_of(ComputeInstanceKey{cut.key, compute.id}));
  }
  return handles;
}

ComputeInstance instance_of_id(Session& session, GpuInstance handle, unsigned id) {
  const auto key = session.key_of(handle);
  const auto& instance = session.instance(key);
  session.require_root();
  if (find_instance(instance, static_cast<int>(id)) == nullptr) refuse(Result::not_found);
  return session.handle_of(ComputeInstanceKey{key, static_cast<int>(id)});
}

ComputeInstanceInfo info_of(Session& session, ComputeInstance handle) {
  const auto key = session.key_of(handle);
  const auto& compute = session.instance(key);
  return {session.handle_of(DeviceKey{.gpu = key.gpu_instance.gpu}),
          session.handle_of(key.gpu_instance),
          number(compute.id),
          id_of(compute.profile),
          {number(compute.start), number(compute.profile.compute_slices)}};
}

void refuse_if_used(Session& session, const ComputeInstanceKey& key) {
  const auto& gpu = session.world().gpus.at(static_cast<std::size_t>(key.gpu_instance.gpu));
  const simulated::MigDevice device{&session.instance(key.gpu_instance), &session.instance(key)};
  if (!processes_on(session, gpu, device).empty()) refuse(Result::in_use);
}

void destroy(Session& session, ComputeInstance handle) {
  const auto key = session.key_of(handle);
  static_cast<void>(session.instance(key));
  session.require_root();
  refuse_if_used(session, key);
  session.update(key.gpu_instance.gpu, [&](auto& gpu) {
    auto* instance = find_instance(gpu, key.gpu_instance.id);
    if (instance == nullptr) refuse(Result::invalid_argument);
    const auto result = destroy_compute_instance(*instance, key.id);
    if (result != Result::success) refuse(result);
  });
}

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

Result nvmlGpuInstanceGetComputeInstanceProfileInfo(GpuInstance instance, unsigned kind,
                                                    unsigned engine,
                                                    ComputeInstanceProfileInfo* info) {
  return guarded(
      [&](Session& s) { required(info) = info_of(cut_of_engine(s, instance, kind, engine)); });
}
Result nvmlGpuInstanceGetComputeInstanceProfileInfoV(GpuInstance instance, unsigned kind,
                                                     unsigned engine, void* info) {
  return guarded([&](Session& s) {
    const auto cut = cut_of_engine(s, instance, kind, engine);
    put_versioned<ComputeInstanceProfileInfoV2, ComputeInstanceProfileInfoV3>(
        info, [&](auto& versioned) { put(cut, versioned); });
  });
}

Result nvmlGpuInstanceGetComputeInstancePossiblePlacements(GpuInstance instance, unsigned id,
                                                           Placement* placements, unsigned* count) {
  return guarded([&](Session& s) {
    const auto cut = cut_of(s, instance, id);
    s.require_root();
    put_list_or_count(placements_of(cut.profile), count, placements);
  });
}
Result nvmlGpuInstanceGetComputeInstanceRemainingCapacity(GpuInstance instance, unsigned id,
                                                          unsigned* count) {
  return guarded([&](Session& s) {
    const auto cut = cut_of(s, instance, id);
    s.require_root();
    required(count) = number(remaining_capacity(cut.instance, cut.profile));
  });
}

Result nvmlGpuInstanceCreateComputeInstance(GpuInstance instance, unsigned id,
                                            ComputeInstance* compute) {
  return guarded([&](Session& s) {
    static_cast<void>(required(compute));
    *compute = create(s, instance, id, nullptr);
  });
}
Result nvmlGpuInstanceCreateComputeInstanceWithPlacement(GpuInstance instance, unsigned id,
                                                         const Placement* placement,
                                                         ComputeInstance* compute) {
  return guarded([&](Session& s) {
    static_cast<void>(required(compute));
    *compute = create(s, instance, id, &required(placement));
  });
}

Result nvmlGpuInstanceGetComputeInstances(GpuInstance instance, unsigned id,
                                          ComputeInstance* instances, unsigned* count) {
  return guarded([&](Session& s) { put_all(instances_of(s, instance, id), count, instances); });
}
Result nvmlGpuInstanceGetComputeInstanceById(GpuInstance instance, unsigned id,
                                             ComputeInstance* compute) {
  return guarded([&](Session& s) { required(compute) = instance_of_id(s, instance, id); });
}

Result nvmlComputeInstanceGetInfo_v2(ComputeInstance compute, ComputeInstanceInfo* info) {
  return guarded([&](Session& s) { required(info) = info_of(s, compute); });
}
Result nvmlComputeInstanceGetInfo(ComputeInstance compute, ComputeInstanceInfoV1* info) {
  return guarded([&](Session& s) {
    const auto whole = info_of(s, compute);
    required(info) = {whole.device, whole.gpu_instance, whole.id, whole.profile_id};
  });
}
Result nvmlComputeInstanceDestroy(ComputeInstance compute) {
  return guarded([&](Session& s) { destroy(s, compute); });
}
}  // extern "C"
#pragma GCC visibility pop

}  // namespace septet::standin
