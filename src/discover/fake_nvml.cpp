// SPDX-License-Identifier: Apache-2.0
#include "discover/fake_nvml.hpp"

#include "base/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace septet::nvml {
namespace {

template <typename Fake>
Device handle_of(Fake& device) {
  return reinterpret_cast<Device>(static_cast<FakeDevice*>(&device));
}

FakeDevice& device_behind(Device handle) { return *reinterpret_cast<FakeDevice*>(handle); }

FakeGpu& gpu_behind(Device handle) { return static_cast<FakeGpu&>(device_behind(handle)); }

FakeInstance& instance_behind(Device handle) {
  return static_cast<FakeInstance&>(device_behind(handle));
}

Result copy_text(const std::string& from, char* text, unsigned size) {
  if (from.size() >= size) return Result::insufficient_size;
  std::memcpy(text, from.c_str(), from.size() + 1);
  return Result::success;
}

/// A call that copies one text of a device.
Functions::DeviceText text_call(std::string FakeDevice::* field) {
  return [field](Device handle, char* text, unsigned size) {
    const auto& device = device_behind(handle);
    if (device.answer != Result::success) return device.answer;
    return copy_text(device.*field, text, size);
  };
}

Functions::DeviceNumber instance_call(unsigned FakeInstance::* field) {
  return [field](Device handle, unsigned* number) {
    *number = instance_behind(handle).*field;
    return Result::success;
  };
}

Result list_processes(Device handle, unsigned* count, ProcessInfo* records) {
  const auto& processes = device_behind(handle).processes;
  const auto room = *count;
  *count = static_cast<unsigned>(processes.size());
  if (processes.size() > room) return Result::insufficient_size;
  std::ranges::copy(processes, records);
  return Result::success;
}

Result find_instance(Device handle, unsigned index, Device* mig) {
  auto& gpu = gpu_behind(handle);
  if (index >= gpu.instances.size()) return Result::invalid_argument;
  if (!gpu.instances[index]) return gpu.hole_answer;
  *mig = handle_of(*gpu.instances[index]);
  return Result::success;
}

void add_device_calls(Functions& calls) {
  calls.uuid = text_call(&FakeDevice::uuid);
  calls.name = text_call(&FakeDevice::name);
  calls.memory = [](Device handle, Memory* memory) {
    memory->total = device_behind(handle).memory_bytes;
    return device_behind(handle).memory_answer;
  };
  calls.processes = list_processes;
}

void add_gpu_calls(Functions& calls) {
  calls.pci = [](Device handle, PciInfo* pci) {
    return copy_text(gpu_behind(handle).bus_id, pci->bus_id, sizeof(pci->bus_id));
  };
  calls.cpu_affinity = [](Device handle, unsigned, unsigned long* mask) {
    mask[0] = gpu_behind(handle).cpu_mask;
    return mask[0] == 0 ? Result::not_supported : Result::success;
  };
  calls.cores = [](Device handle, unsigned* cores) {
    *cores = gpu_behind(handle).cores;
    return Result::success;
  };
  calls.compute_capability = [](Device handle, int* major, int* minor) {
    *major = gpu_behind(handle).compute_capability / 10;
    *minor = gpu_behind(handle).compute_capability % 10;
    return Result::success;
  };
}

void add_mig_calls(Functions& calls) {
  calls.mig_mode = [](Device handle, unsigned* current, unsigned* pending) {
    *current = gpu_behind(handle).mig_current;
    *pending = gpu_behind(handle).mig_pending;
    return gpu_behind(handle).mig_supported ? Result::success : Result::not_supported;
  };
  calls.max_mig_count = [](Device handle, unsigned* most) {
    *most = std::max(7U, static_cast<unsigned>(gpu_behind(handle).instances.size()));
    return Result::success;
  };
  calls.mig_by_index = find_instance;
  calls.gpu_instance = instance_call(&FakeInstance::gpu_instance);
  calls.compute_instance = instance_call(&FakeInstance::compute_instance);
  calls.attributes = [](Device handle, DeviceAttributes* attributes) {
    const auto& told = instance_behind(handle).attributes;
    if (told) *attributes = *told;
    return told ? Result::success : Result::not_supported;
  };
}

}  // namespace

Functions FakeNvml::functions() {
  Functions calls;
  calls.init = [this] {
    if (init_answer == Result::success) ++sessions;
    return init_answer;
  };
  calls.shutdown = [this] {
    --sessions;
    return Result::success;
  };
  calls.error_string = [](Result result) {
    return result == Result::gpu_is_lost ? "GPU is lost" : "refused";
  };
  calls.driver_version = [](char* text, unsigned size) {
    return copy_text("580.95.05", text, size);
  };
  calls.cuda_version = [](int* version) {
    *version = 13000;
    return Result::success;
  };
  calls.device_count = [this](unsigned* count) {
    *count = static_cast<unsigned>(gpus.size());
    return count_answer;
  };
  calls.device_by_index = [this](unsigned index, Device* device) {
    *device = handle_of(gpus.at(index));
    return gpus.at(index).open_answer;
  };
  add_device_calls(calls);
  add_gpu_calls(calls);
  add_mig_calls(calls);
  return calls;
}

FakeGpu fake_a100(int number) {
  FakeGpu gpu;
  gpu.uuid = fmt::format("GPU-{:08}-0000-0000-0000-000000000000", number);
  gpu.name = "NVIDIA A100-SXM4-40GB";
  gpu.memory_bytes = 40960 * mebibyte;
  gpu.bus_id = fmt::format("00000000:{:02X}:00.0", 0x3B + number);
  gpu.cores = 108 * 64;
  gpu.mig_supported = true;
  gpu.mig_current = mig_on;
  gpu.mig_pending = mig_on;
  return gpu;
}

FakeInstance fake_1g(const FakeGpu& gpu, int number) {
  FakeInstance instance;
  instance.uuid = fmt::format("MIG-{:08}-{}", number, gpu.uuid.substr(4));
  instance.name = gpu.name + " MIG 1g.5gb";
  instance.memory_bytes = 4864 * mebibyte;
  instance.gpu_instance = static_cast<unsigned>(7 + number);
  instance.attributes = DeviceAttributes{.multiprocessors = 14,
                                         .copy_engines = 1,
                                         .decoders = 0,
                                         .encoders = 0,
                                         .jpegs = 0,
                                         .ofas = 0,
                                         .gpu_instance_slices = 1,
                                         .compute_instance_slices = 1,
                                         .memory_mib = 4864};
  return instance;
}

}  // namespace septet::nvml
