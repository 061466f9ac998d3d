// SPDX-License-Identifier: Apache-2.0
//
// MIG mode, and the MIG devices of a GPU.
#include "entry.hpp"
#include "leased_processes.hpp"

namespace septet::standin {
namespace {

using nvml::Device;
using nvml::Result;

/// The driver's number of handles to try: none while MIG is off, whatever there are instances.
/// Source: an H200 with MIG off answers 0; with MIG on one for each compute slice.
unsigned most_devices(const simulated::Gpu& gpu) {
  return gpu.mig ? number(gpu.model->compute_slices) : 0;
}

Device mig_device(Session& session, const simulated::Gpu& gpu, unsigned index) {
  const auto devices = mig_devices(gpu);
  if (gpu.mig && index >= most_devices(gpu)) refuse(Result::invalid_argument);
  if (index >= devices.size()) refuse(Result::not_found);
  const auto& device = devices[index];
  return session.handle_of(DeviceKey{gpu.index, device.instance->id, device.compute->id});
}

const simulated::MigDevice& only_mig(const Target& target) {
  if (!target.mig) refuse(Result::not_supported);
  return *target.mig;
}

/// The activation: a code of its own beside the call's.
Result set_mode(Session& session, Device device, unsigned mode) {
  const auto& gpu = session.gpu(device);
  if (mode > nvml::mig_on) refuse(Result::invalid_argument);
  session.require_root();
  if (!processes_on(session, gpu).empty()) return Result::in_use;
  Result activation{};
  session.update(gpu.index,
                 [&](auto& changed) { activation = set_mig_mode(changed, mode == nvml::mig_on); });
  return activation;
}

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

Result nvmlDeviceGetMigMode(Device device, unsigned* current, unsigned* pending) {
  return guarded([&](Session& s) {
    const auto& gpu = s.target(device).gpu;
    required(current) = gpu.mig ? nvml::mig_on : nvml::mig_off;
    required(pending) = gpu.mig_pending ? nvml::mig_on : nvml::mig_off;
  });
}
Result nvmlDeviceSetMigMode(Device device, unsigned mode, Result* activation) {
  return guarded([&](Session& s) { required(activation) = set_mode(s, device, mode); });
}

Result nvmlDeviceGetMaxMigDeviceCount(Device device, unsigned* count) {
  return guarded([&](Session& s) { required(count) = most_devices(s.gpu(device)); });
}
Result nvmlDeviceGetMigDeviceHandleByIndex(Device device, unsigned index, Device* mig) {
  return guarded([&](Session& s) { required(mig) = mig_device(s, s.gpu(device), index); });
}
Result nvmlDeviceGetDeviceHandleFromMigDeviceHandle(Device mig, Device* device) {
  return guarded([&](Session& s) {
    const auto target = s.target(mig);
    if (!target.mig) refuse(Result::invalid_argument);
    required(device) = s.handle_of(DeviceKey{.gpu = target.gpu.index});
  });
}
Result nvmlDeviceIsMigDeviceHandle(Device device, unsigned* is_mig) {
  return guarded([&](Session& s) { required(is_mig) = s.target(device).mig ? 1 : 0; });
}

Result nvmlDeviceGetGpuInstanceId(Device device, unsigned* id) {
  return guarded(
      [&](Session& s) { required(id) = number(only_mig(s.target(device)).instance->id); });
}
Result nvmlDeviceGetComputeInstanceId(Device device, unsigned* id) {
  return guarded(
      [&](Session& s) { required(id) = number(only_mig(s.target(device)).compute->id); });
}
}  // extern "C"
#pragma GCC visibility pop

}  // namespace septet::standin
