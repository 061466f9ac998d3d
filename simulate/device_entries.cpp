// SPDX-License-Identifier: Apache-2.0
//
// What devices are: names, addresses, memory, shape.
#include "entry.hpp"
#include "names.hpp"

#include <unistd.h>

namespace septet::standin {
namespace {

using nvml::Bar1Memory;
using nvml::Device;
using nvml::DeviceAttributes;
using nvml::FieldValue;
using nvml::Memory;
using nvml::MemoryV2;
using nvml::PciInfo;
using nvml::Pdi;
using nvml::Result;

constexpr std::uint64_t mib = std::uint64_t{1} << 20;

std::string name_of(const Target& target) {
  const std::string name(target.gpu.model->device_name);
  return target.mig ? name + " MIG " + profile_name(*target.mig) : name;
}

std::string uuid_of(const Target& target) {
  return target.mig ? uuid_of(target.gpu, *target.mig) : uuid_of(target.gpu);
}

void put_pci(const simulated::Gpu& gpu, PciInfo& info) {
  constexpr unsigned nvidia = 0x10de;
  const auto pci = pci_of(gpu);
  info = {};
  info.domain = pci.domain;
  info.bus = pci.bus;
  info.device = pci.device;
  info.pci_device_id = static_cast<unsigned>(gpu.model->pci_device) << 16 | nvidia;
  put_text(short_bus_id(gpu), info.bus_id_legacy);
  put_text(long_bus_id(gpu), info.bus_id);
}

/// What a handle's memory is: of the GPU instance, or of the whole. The sum over all instances is
/// for root only, as the driver has it.
std::uint64_t memory_of(Session& session, Device device) {
  const auto target = session.target(device);
  if (!target.mig && target.gpu.mig) session.require_root();
  const int in_mib =
      target.mig ? target.mig->instance->profile->memory_mib : target.gpu.model->memory_mib;
  return static_cast<std::uint64_t>(in_mib) * mib;
}

/// Every CPU of this machine: the simulated GPUs are near to all of them.
void put_cpus(unsigned words, unsigned long* mask) {
  static_cast<void>(required(mask));
  if (words == 0) refuse(Result::invalid_argument);
  constexpr unsigned bits = sizeof(unsigned long) * 8;
  const auto cpus = static_cast<unsigned>(::sysconf(_SC_NPROCESSORS_ONLN));
  std::fill_n(mask, words, 0UL);
  for (unsigned cpu = 0; cpu < std::min(cpus, words * bits); ++cpu) {
    mask[cpu / bits] |= 1UL << (cpu % bits);
  }
}

/// One memory node that is near, the first: a machine has at least that.
void put_memory_nodes(unsigned words, unsigned long* mask) {
  static_cast<void>(required(mask));
  if (words == 0) refuse(Result::invalid_argument);
  std::fill_n(mask, words, 0UL);
  mask[0] = 1;
}

DeviceAttributes attributes_of(const simulated::MigDevice& device) {
  const auto& profile = *device.instance->profile;
  const auto& engines = profile.engines;
  return {number(device.compute->profile.multiprocessors),
          number(engines.copy),
          number(engines.decode),
          number(engines.encode),
          number(engines.jpeg),
          number(engines.ofa),
          number(profile.compute_slices),
          number(device.compute->profile.compute_slices),
          static_cast<std::uint64_t>(profile.memory_mib)};
}

/// FP32 lanes of a multiprocessor. Source: CUDA Programming Guide, compute capabilities.
int lanes_of(const GpuModel& model) {
  return model.compute_major == 8 && model.compute_minor == 0 ? 64 : 128;
}

/// nvmlDeviceArchitecture_t. Source: NVML 13.
unsigned architecture_of(const GpuModel& model) {
  if (model.compute_major == 8) return 7;  // Ampere
  if (model.compute_major == 9) return 9;  // Hopper
  return 10;                               // Blackwell
}

void put_field(const simulated::Gpu& gpu, FieldValue& field) {
  field.timestamp = 0;
  field.latency_us = 0;
  field.value_type = nvml::field_is_unsigned;
  field.value = 0;
  field.result = Result::not_supported;
  if (field.field != nvml::field_resetless_mig) return;
  field.value = gpu.model->mig_needs_reset ? 0 : 1;
  field.result = Result::success;
}

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

Result nvmlDeviceGetName(Device device, char* name, unsigned length) {
  return guarded([&](Session& s) { put_text(name_of(s.target(device)), name, length); });
}
Result nvmlDeviceGetUUID(Device device, char* uuid, unsigned length) {
  return guarded([&](Session& s) { put_text(uuid_of(s.target(device)), uuid, length); });
}
Result nvmlDeviceGetSerial(Device device, char* serial, unsigned length) {
  return guarded([&](Session& s) { put_text(serial_of(s.gpu(device)), serial, length); });
}

Result nvmlDeviceGetIndex(Device device, unsigned* index) {
  return guarded([&](Session& s) {
    const auto target = s.target(device);
    required(index) = number(target.mig ? target.mig_index : target.gpu.index);
  });
}
Result nvmlDeviceGetMinorNumber(Device device, unsigned* minor) {
  return guarded([&](Session& s) { required(minor) = number(s.gpu(device).index); });
}

Result nvmlDeviceGetPciInfo_v3(Device device, PciInfo* info) {
  return guarded([&](Session& s) { put_pci(s.gpu(device), required(info)); });
}
Result nvmlDeviceGetPciInfo_v2(Device device, PciInfo* info) {
  return nvmlDeviceGetPciInfo_v3(device, info);
}
Result nvmlDeviceGetPciInfo(Device device, PciInfo* info) {
  return nvmlDeviceGetPciInfo_v3(device, info);
}

Result nvmlDeviceGetCudaComputeCapability(Device device, int* major, int* minor) {
  return guarded([&](Session& s) {
    const auto& model = *s.target(device).gpu.model;
    required(major) = model.compute_major;
    required(minor) = model.compute_minor;
  });
}
Result nvmlDeviceGetArchitecture(Device device, unsigned* architecture) {
  return guarded(
      [&](Session& s) { required(architecture) = architecture_of(*s.target(device).gpu.model); });
}
Result nvmlDeviceGetBrand(Device device, unsigned* brand) {
  constexpr unsigned nvidia = 14;  // NVML_BRAND_NVIDIA
  return guarded([&](Session& s) {
    static_cast<void>(s.target(device));
    required(brand) = nvidia;
  });
}
Result nvmlDeviceGetNumGpuCores(Device device, unsigned* cores) {
  return guarded([&](Session& s) {
    const auto target = s.target(device);
    if (target.mig) refuse(Result::not_supported);
    required(cores) = number(target.gpu.model->multiprocessors * lanes_of(*target.gpu.model));
  });
}
Result nvmlDeviceGetPdi(Device device, Pdi* pdi) {
  return guarded([&](Session& s) {
    const auto& gpu = s.gpu(device);
    require_version(required(pdi).version, nvml::version_of<Pdi>(1));
    pdi->value = gpu.identity.pdi;
  });
}

Result nvmlDeviceGetMemoryInfo(Device device, Memory* memory) {
  return guarded([&](Session& s) {
    const auto total = memory_of(s, device);
    required(memory) = {.total = total, .free = total, .used = 0};
  });
}
Result nvmlDeviceGetMemoryInfo_v2(Device device, MemoryV2* memory) {
  return guarded([&](Session& s) {
    const auto total = memory_of(s, device);
    const auto version = nvml::version_of<MemoryV2>(2);
    require_version(required(memory).version, version);
    *memory = {.version = version, .total = total, .reserved = 0, .free = total, .used = 0};
  });
}
Result nvmlDeviceGetBAR1MemoryInfo(Device device, Bar1Memory* memory) {
  return guarded([&](Session& s) {
    const auto total = memory_of(s, device);
    required(memory) = {.total = total, .free = total, .used = 0};
  });
}

Result nvmlDeviceGetCpuAffinity(Device device, unsigned words, unsigned long* mask) {
  return guarded([&](Session& s) {
    static_cast<void>(s.gpu(device));
    put_cpus(words, mask);
  });
}
Result nvmlDeviceGetCpuAffinityWithinScope(Device device, unsigned words, unsigned long* mask,
                                           unsigned) {
  return nvmlDeviceGetCpuAffinity(device, words, mask);
}
Result nvmlDeviceGetMemoryAffinity(Device device, unsigned words, unsigned long* mask, unsigned) {
  return guarded([&](Session& s) {
    static_cast<void>(s.gpu(device));
    put_memory_nodes(words, mask);
  });
}

Result nvmlDeviceGetAttributes_v2(Device device, DeviceAttributes* attributes) {
  return guarded([&](Session& s) {
    const auto target = s.target(device);
    if (!target.mig) refuse(Result::not_supported);
    required(attributes) = attributes_of(*target.mig);
  });
}
Result nvmlDeviceGetAttributes(Device device, DeviceAttributes* attributes) {
  return nvmlDeviceGetAttributes_v2(device, attributes);
}

Result nvmlDeviceGetFieldValues(Device device, int count, FieldValue* values) {
  return guarded([&](Session& s) {
    const auto& gpu = s.target(device).gpu;
    static_cast<void>(required(values));
    if (count < 1) refuse(Result::invalid_argument);
    for (auto& field : std::span(values, static_cast<std::size_t>(count))) put_field(gpu, field);
  });
}

Result nvmlDeviceGetComputeMode(Device device, unsigned* mode) {
  constexpr unsigned shared_by_all = 0;  // NVML_COMPUTEMODE_DEFAULT
  return guarded([&](Session& s) {
    static_cast<void>(s.target(device));
    required(mode) = shared_by_all;
  });
}
Result nvmlDeviceGetPersistenceMode(Device device, unsigned* mode) {
  return guarded([&](Session& s) {
    static_cast<void>(s.gpu(device));
    required(mode) = 1;
  });
}
}  // extern "C"
#pragma GCC visibility pop

}  // namespace septet::standin
