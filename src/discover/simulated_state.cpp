// SPDX-License-Identifier: Apache-2.0
#include "discover/simulated_state.hpp"

#include "discover/strict_json.hpp"
#include <septet/error.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>

namespace septet::simulated {
namespace {

using nlohmann::json;

constexpr int format_version = 1;

json json_of(const ComputeInstance& compute) {
  return {{"id", compute.id},
          {"compute_slices", compute.profile.compute_slices},
          {"start", compute.start}};
}

json json_of(const GpuInstance& instance) {
  auto parts = json::array();
  for (const auto& compute : instance.compute) parts.push_back(json_of(compute));
  return {
      {"profile", instance.profile->name}, {"start", instance.start}, {"compute_instances", parts}};
}

json json_of(const Gpu& gpu) {
  auto instances = json::array();
  for (const auto& instance : gpu.instances) instances.push_back(json_of(instance));
  return {{"model", gpu.model->name},
          {"mig", {{"current", gpu.mig}, {"pending", gpu.mig_pending}}},
          {"gpu_instances", instances}};
}

[[noreturn]] void refuse(const std::string& why) { throw Error(ErrorKind::argument, why); }

/// The array at `key`, and an error for anything else: iterating over a string would do nothing.
const json& list_at(const json& fields, const char* key) {
  const auto& list = fields.at(key);
  if (!list.is_array()) refuse(std::string("\"") + key + "\" is no list");
  return list;
}

void read_compute(const Gpu& gpu, GpuInstance& instance, const json& fields) {
  const auto choices = compute_profiles(*gpu.model, *instance.profile);
  const int slices = whole_number<int>(fields.at("compute_slices"));
  const auto choice = std::ranges::find(choices, slices, &ComputeProfile::compute_slices);
  const std::string name(instance.profile->name);
  if (choice == choices.end()) {
    refuse("a " + name + " has no compute instances of " + std::to_string(slices) + " slices");
  }
  const auto made =
      create_compute_instance(instance, *choice, whole_number<int>(fields.at("start")));
  if (made.result != nvml::Result::success) refuse("compute instances of a " + name + " overlap");

  // Its id tells in which order instances came and went, and cannot be worked out.
  const int id = whole_number<int>(fields.at("id"));
  const auto taken = find_instance(instance, id);
  if (taken != nullptr && taken->id != made.id) refuse("two compute instances of one id");
  std::ranges::find(instance.compute, made.id, &ComputeInstance::id)->id = id;
  std::ranges::sort(instance.compute, {}, &ComputeInstance::id);
}

void read_instance(Gpu& gpu, const json& fields) {
  const auto name = fields.at("profile").get<std::string>();
  const auto* profile = find_profile(*gpu.model, name);
  if (profile == nullptr) {
    refuse(std::string(gpu.model->name) + " has no profile \"" + name + "\"; it has " +
           profile_names(*gpu.model));
  }
  const auto made = create_gpu_instance(gpu, *profile, whole_number<int>(fields.at("start")));
  if (made.result != nvml::Result::success) refuse("a " + name + " does not fit where it stands");
  auto& instance = *find_instance(gpu, made.id);
  for (const auto& part : list_at(fields, "compute_instances")) read_compute(gpu, instance, part);
}

void read_gpu(World& world, const json& fields) {
  if (world.gpus.size() >= most_gpus) refuse("a host has at most 32 GPUs");
  auto& gpu = add_gpu(world, find_model(fields.at("model").get<std::string>()));
  gpu.mig = fields.at("mig").at("current").get<bool>();
  gpu.mig_pending = fields.at("mig").at("pending").get<bool>();
  for (const auto& instance : list_at(fields, "gpu_instances")) read_instance(gpu, instance);
}

World world_in(const json& fields) {
  if (whole_number<int>(fields.at("version")) != format_version) {
    refuse("its version is not 1: another Septet wrote it");
  }
  World world;
  world.driver_version = fields.at("driver_version").get<std::string>();
  world.cuda_version = whole_number<int>(fields.at("cuda_version"));
  for (const auto& gpu : list_at(fields, "gpus")) read_gpu(world, gpu);
  return world;
}

}  // namespace

std::string write_state(const World& world) {
  auto gpus = json::array();
  for (const auto& gpu : world.gpus) gpus.push_back(json_of(gpu));
  const json state{{"version", format_version},
                   {"driver_version", world.driver_version},
                   {"cuda_version", world.cuda_version},
                   {"gpus", gpus}};
  return state.dump(1) + "\n";
}

World read_state(std::string_view text) {
  try {
    return world_in(json::parse(text));
  } catch (const json::exception& error) {
    throw Error(ErrorKind::argument, std::string("this is no simulated host: ") + error.what());
  }
}

}  // namespace septet::simulated
