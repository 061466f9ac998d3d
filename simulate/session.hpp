// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "discover/nvml_abi.hpp"
#include "discover/simulated_store.hpp"
#include "handles.hpp"

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

namespace septet {
class Environment;
}

/// libnvidia-ml.so.1 for a host that is only described.
namespace septet::standin {

/// What an entry throws to answer anything but success; the guard takes it. It does not leave this
/// folder, where every caller is C and every outcome a code.
struct Refused {
  nvml::Result result;
};

[[noreturn]] inline void refuse(nvml::Result result) { throw Refused{result}; }

/// What the stand-in reads from the environment, at nvmlInit.
struct Settings {
  std::string spec;  ///< SEPTET_SIMULATE: a SPEC, or the path of a state file.
  uid_t uid = 0;  ///< SEPTET_SIMULATE_UID: whose rights the caller has; default: the real user's.
  std::optional<std::filesystem::path> leases;  ///< SEPTET_STATE: where records of leases are.
  bool leaves_thread = false;  ///< SEPTET_SIMULATE_THREAD=1: as the real library, init leaves one.

  [[nodiscard]] static Settings from(const Environment& environment);
};

/// A device that an entry was asked about. Borrowed from the world as it is in this call.
struct Target {
  const simulated::Gpu& gpu;
  std::optional<simulated::MigDevice> mig;
  int mig_index = 0;
};

/// NVML in this process, between init and shutdown. One per process; entries hold its mutex.
class Session {
 public:
  /// The one of this process. It is never destroyed: other threads may call while main returns.
  static Session& of_process();

  std::mutex& mutex() noexcept { return mutex_; }
  void init(const Settings& settings);
  void shutdown();

  /// Begins an entry: it sees the world as it is now, to its end. Refuses without init.
  void enter();

  [[nodiscard]] const simulated::World& world() const { return store_->last(); }
  [[nodiscard]] const std::optional<std::filesystem::path>& leases() const {
    return settings_.leases;
  }
  [[nodiscard]] bool is_root() const noexcept { return settings_.uid == 0; }

  /// Refuses a plain user: no_permission.
  void require_root() const;

  // From what clients hold to what it stands for. All refuse a null or unknown handle, and one
  // whose instance is gone, as invalid_argument.
  [[nodiscard]] Target target(nvml::Device device);
  [[nodiscard]] const simulated::Gpu& gpu(nvml::Device device);  ///< Refuses MIG handles too.
  [[nodiscard]] GpuInstanceKey key_of(nvml::GpuInstance instance) const;
  [[nodiscard]] ComputeInstanceKey key_of(nvml::ComputeInstance instance) const;
  [[nodiscard]] const simulated::GpuInstance& instance(const GpuInstanceKey& key);
  [[nodiscard]] const simulated::ComputeInstance& instance(const ComputeInstanceKey& key);

  [[nodiscard]] nvml::Device handle_of(const DeviceKey& key) { return devices_.handle_of(key); }
  [[nodiscard]] nvml::GpuInstance handle_of(const GpuInstanceKey& key) {
    return gpu_instances_.handle_of(key);
  }
  [[nodiscard]] nvml::ComputeInstance handle_of(const ComputeInstanceKey& key) {
    return compute_instances_.handle_of(key);
  }

  /// Changes one GPU, in every process that sees it. `change` may refuse; then nothing changes.
  void update(int gpu, const std::function<void(simulated::Gpu&)>& change);

 private:
  std::mutex mutex_;
  int users_ = 0;
  bool left_thread_ = false;
  Settings settings_;
  std::optional<simulated::Store> store_;
  Handles<DeviceKey, nvml::Device> devices_;
  Handles<GpuInstanceKey, nvml::GpuInstance> gpu_instances_;
  Handles<ComputeInstanceKey, nvml::ComputeInstance> compute_instances_;
};

}  // namespace septet::standin
