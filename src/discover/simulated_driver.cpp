// SPDX-License-Identifier: Apache-2.0
#include "discover/simulated_driver.hpp"

#include "discover/simulated_store.hpp"

#include <cstdio>
#include <utility>

namespace septet {
namespace {

constexpr std::uint64_t mib = std::uint64_t{1} << 20;

std::uint64_t bytes_of(int memory_mib) { return static_cast<std::uint64_t>(memory_mib) * mib; }

Slice slice_of(const simulated::Gpu& gpu, const simulated::MigDevice& device, int index) {
  Slice slice;
  slice.uuid = uuid_of(gpu, device);
  slice.kind = SliceKind::mig;
  slice.profile = profile_name(device);
  slice.memory_bytes = bytes_of(device.instance->profile->memory_mib);
  slice.multiprocessors = device.compute->profile.multiprocessors;
  slice.compute_slices = device.compute->profile.compute_slices;
  slice.gpu = gpu.index;
  slice.gpu_uuid = uuid_of(gpu);
  slice.index = index;
  slice.gpu_instance = device.instance->id;
  slice.compute_instance = device.compute->id;
  return slice;
}

Slice whole(const simulated::Gpu& gpu) {
  Slice slice;
  slice.uuid = uuid_of(gpu);
  slice.kind = SliceKind::full;
  slice.profile = "full";
  slice.memory_bytes = bytes_of(gpu.model->memory_mib);
  slice.multiprocessors = gpu.model->multiprocessors;
  slice.gpu = gpu.index;
  slice.gpu_uuid = slice.uuid;
  return slice;
}

std::vector<Slice> slices_of(const simulated::Gpu& gpu) {
  if (!gpu.mig) return {whole(gpu)};
  std::vector<Slice> slices;
  for (const auto& device : mig_devices(gpu)) {
    slices.push_back(slice_of(gpu, device, static_cast<int>(slices.size())));
  }
  return slices;
}

std::string sysfs_name(const simulated::PciAddress& pci) {
  char name[32];
  std::snprintf(name, sizeof name, "%04x:%02x:%02x.0", pci.domain, pci.bus, pci.device);
  return name;
}

Gpu gpu_of(const simulated::Gpu& from) {
  Gpu gpu;
  gpu.index = from.index;
  gpu.uuid = uuid_of(from);
  gpu.name = from.model->device_name;
  gpu.mig = {.supported = true, .current = from.mig, .pending = from.mig_pending};
  gpu.memory_bytes = bytes_of(from.model->memory_mib);
  gpu.pci = sysfs_name(pci_of(from));
  gpu.slices = slices_of(from);
  gpu.state = !from.mig            ? GpuState::full
              : gpu.slices.empty() ? GpuState::empty
                                   : GpuState::partitioned;
  return gpu;
}

/// CPUs and NUMA nodes are left untold: this machine's own have nothing to do with the GPUs.
Host host_of(const simulated::World& world, std::string_view spec) {
  Host host;
  host.source = "sim:" + std::string(spec);
  host.driver_version = world.driver_version;
  host.cuda_version = world.cuda_version;
  for (const auto& gpu : world.gpus) host.gpus.push_back(gpu_of(gpu));
  return host;
}

class SimulatedDriver final : public Driver {
 public:
  explicit SimulatedDriver(std::string_view spec) : spec_(spec), store_(spec) {}

  Host survey() override { return host_of(store_.read(), spec_); }

 private:
  std::string spec_;
  simulated::Store store_;
};

}  // namespace

std::unique_ptr<Driver> open_simulated(std::string_view spec) {
  return std::make_unique<SimulatedDriver>(spec);
}

}  // namespace septet
