// SPDX-License-Identifier: Apache-2.0
#include "session.hpp"

#include "base/text.hpp"
#include <septet/environment.hpp>
#include <septet/error.hpp>

#include <unistd.h>

#include <thread>
#include <utility>

namespace septet::standin {
namespace {

using nvml::Result;

/// Why there is no host, on stderr: NVML itself has only a number for it.
[[noreturn]] void refuse_host(const Error& error) {
  const std::string line = std::string("septet simulate: ") + error.what() + "\n";
  static_cast<void>(!::write(STDERR_FILENO, line.data(), line.size()));
  refuse(Result::unknown);
}

/// A thread that nobody asked for, as the real library starts (seen with driver 580): it has the
/// caller's signal mask, takes what is open in it, and stays.
void leave_thread() {
  std::thread([] {
    for (;;) ::pause();
  }).detach();
}

std::optional<simulated::MigDevice> device_in(const simulated::Gpu& gpu, const DeviceKey& key) {
  const auto* instance = find_instance(gpu, key.gpu_instance);
  const auto* compute = instance ? find_instance(*instance, key.compute_instance) : nullptr;
  if (compute == nullptr) return std::nullopt;
  return simulated::MigDevice{instance, compute};
}

int index_of(const simulated::Gpu& gpu, const simulated::MigDevice& wanted) {
  int index = 0;
  for (const auto& device : mig_devices(gpu)) {
    if (device.compute == wanted.compute) break;
    ++index;
  }
  return index;
}

}  // namespace

Settings Settings::from(const Environment& environment) {
  Settings settings;
  settings.spec = environment.get_or("SEPTET_SIMULATE", "");
  const auto uid = parse_number<uid_t>(environment.get_or("SEPTET_SIMULATE_UID", ""));
  settings.uid = uid.value_or(::getuid());
  settings.leaves_thread = environment.get_or("SEPTET_SIMULATE_THREAD", "") == "1";
  const auto state = environment.get_or("SEPTET_STATE", "");
  if (!state.empty()) settings.leases = std::filesystem::path(state) / "leases";
  return settings;
}

Session& Session::of_process() {
  static auto& session = *new Session;
  return session;
}

void Session::init(const Settings& settings) {
  if (users_ == 0) {
    if (settings.spec.empty()) refuse(Result::driver_not_loaded);
    try {
      store_.emplace(settings.spec);
    } catch (const Error& error) {
      refuse_host(error);
    }
    settings_ = settings;
    if (settings.leaves_thread && !std::exchange(left_thread_, true)) leave_thread();
  }
  ++users_;
}

void Session::shutdown() {
  --users_;
  if (users_ == 0) store_.reset();
}

void Session::enter() {
  if (users_ == 0) refuse(Result::uninitialized);
  store_->read();
}

void Session::require_root() const {
  if (!is_root()) refuse(Result::no_permission);
}

Target Session::target(nvml::Device device) {
  const auto* key = devices_.find(device);
  if (key == nullptr) refuse(Result::invalid_argument);
  const auto index = static_cast<std::size_t>(key->gpu);
  if (index >= world().gpus.size()) refuse(Result::gpu_is_lost);
  const auto& gpu = world().gpus[index];
  if (!key->is_mig()) return {gpu, std::nullopt};
  const auto mig = device_in(gpu, *key);
  if (!mig) refuse(Result::invalid_argument);
  return {gpu, mig, index_of(gpu, *mig)};
}

const simulated::Gpu& Session::gpu(nvml::Device device) {
  const auto found = target(device);
  if (found.mig) refuse(Result::invalid_argument);
  return found.gpu;
}

GpuInstanceKey Session::key_of(nvml::GpuInstance instance) const {
  const auto* key = gpu_instances_.find(instance);
  if (key == nullptr) refuse(Result::invalid_argument);
  return *key;
}

ComputeInstanceKey Session::key_of(nvml::ComputeInstance instance) const {
  const auto* key = compute_instances_.find(instance);
  if (key == nullptr) refuse(Result::invalid_argument);
  return *key;
}

const simulated::GpuInstance& Session::instance(const GpuInstanceKey& key) {
  const auto* found = find_instance(world().gpus.at(static_cast<std::size_t>(key.gpu)), key.id);
  if (found == nullptr) refuse(Result::invalid_argument);
  return *found;
}

const simulated::ComputeInstance& Session::instance(const ComputeInstanceKey& key) {
  const auto* found = find_instance(instance(key.gpu_instance), key.id);
  if (found == nullptr) refuse(Result::invalid_argument);
  return *found;
}

void Session::update(int gpu, const std::function<void(simulated::Gpu&)>& change) {
  store_->update([&](auto& world) { change(world.gpus.at(static_cast<std::size_t>(gpu))); });
}

}  // namespace septet::standin
