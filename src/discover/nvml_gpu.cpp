// SPDX-License-Identifier: Apache-2.0
#include "discover/nvml_gpu.hpp"

#include "base/units.hpp"
#include "discover/locality.hpp"
#include "discover/profile_name.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>

namespace septet {
namespace {

using nvml::Device;
using nvml::Result;

std::optional<int> number_of(const nvml::Functions::DeviceNumber& call, Device device) {
  unsigned number = 0;
  if (ask(call, device, &number) != Result::success) return {};
  return static_cast<int>(number);
}

/// The text of one call into `text`; what was there stays if NVML refuses.
Result read_text(const nvml::Functions::DeviceText& call, Device device, std::string& text) {
  // The longer of the two: names and UUIDs.
  std::array<char, nvml::name_size> buffer{};
  const auto result = ask(call, device, buffer.data(), nvml::name_size);
  buffer.back() = '\0';
  if (result == Result::success) text = buffer.data();
  return result;
}

bool is_gone(Result result) {
  return result == Result::gpu_is_lost || result == Result::reset_required;
}

/// SMs hold 64 or 128 cores. Source: CUDA C Programming Guide, compute capabilities.
int cores_per_multiprocessor(int major, int minor) {
  if (major == 7 || (major == 8 && minor == 0) || (major == 6 && minor == 0)) return 64;
  const bool known = (major == 5 || major == 6 || major == 8 || major == 9 || major == 10 ||
                      major == 11 || major == 12);
  return known ? 128 : 0;
}

std::vector<int> cpus_in(const std::vector<unsigned long>& mask) {
  constexpr int bits = std::numeric_limits<unsigned long>::digits;
  std::vector<int> cpus;
  for (int cpu = 0; cpu < static_cast<int>(mask.size()) * bits; ++cpu) {
    const auto word = mask[static_cast<std::size_t>(cpu / bits)];
    if ((word >> (cpu % bits) & 1UL) != 0) cpus.push_back(cpu);
  }
  return cpus;
}

std::vector<int> cpu_affinity(const nvml::Functions& nvml, Device device) {
  constexpr unsigned words = 64;  // 4,096 CPUs
  std::vector<unsigned long> mask(words);
  if (ask(nvml.cpu_affinity, device, words, mask.data()) != Result::success) return {};
  return cpus_in(mask);
}

/// Whether a process record speaks of `slice`. NVML may tell a whole GPU instance's processes.
bool is_on(const nvml::ProcessInfo& record, const Slice& slice) {
  const auto agrees = [](unsigned told, std::optional<int> id) {
    return told == nvml::no_instance || !id || static_cast<int>(told) == *id;
  };
  return agrees(record.gpu_instance_id, slice.gpu_instance) &&
         agrees(record.compute_instance_id, slice.compute_instance);
}

Process process_in(const nvml::ProcessInfo& record) {
  constexpr auto untold = std::numeric_limits<std::uint64_t>::max();
  return {.pid = static_cast<pid_t>(record.pid),
          .memory_bytes = record.used_memory == untold ? 0 : record.used_memory};
}

std::vector<nvml::ProcessInfo> process_records(const nvml::Functions& nvml, Device device) {
  constexpr int attempts = 4;  // Processes may start between two calls.
  std::vector<nvml::ProcessInfo> records(16);
  for (int attempt = 0; attempt < attempts; ++attempt) {
    auto count = static_cast<unsigned>(records.size());
    const auto result = ask(nvml.processes, device, &count, records.data());
    if (result == Result::success) {
      records.resize(std::min<std::size_t>(count, records.size()));
      return records;
    }
    if (result != Result::insufficient_size) break;
    records.resize(2 * static_cast<std::size_t>(count) + 5);
  }
  return {};
}

}  // namespace

Gpu NvmlGpu::read() {
  auto result = ask(nvml_.device_by_index, static_cast<unsigned>(gpu_.index), &device_);
  if (result == Result::success) result = identify();
  if (result == Result::success) result = measure();
  if (result != Result::success) {
    refuse(result);
    return std::move(gpu_);
  }
  locate();
  read_mode();
  if (gpu_.mig.current) {
    read_instances();
  } else {
    read_whole();
  }
  return std::move(gpu_);
}

Result NvmlGpu::identify() {
  const auto result = read_text(nvml_.uuid, device_, gpu_.uuid);
  if (result != Result::success) return result;

  const auto named = read_text(nvml_.name, device_, gpu_.name);
  nvml::PciInfo pci{};
  const auto found = ask(nvml_.pci, device_, &pci);
  if (found == Result::success) {
    gpu_.pci = sysfs_address(pci.bus_id[0] != '\0' ? pci.bus_id : pci.bus_id_legacy);
  }
  return is_gone(named) ? named : is_gone(found) ? found : Result::success;
}

/// In MIG mode the memory of the whole GPU is told to privileged users only, and some chips tell
/// none: neither is a reason not to use it.
Result NvmlGpu::measure() {
  nvml::Memory memory{};
  const auto result = ask(nvml_.memory, device_, &memory);
  if (result == Result::success) gpu_.memory_bytes = memory.total;
  return is_gone(result) ? result : Result::success;
}

void NvmlGpu::refuse(Result result) {
  const auto words = words_for(nvml_, result);
  gpu_.slices.clear();
  if (result == Result::no_permission) {
    gpu_.state = GpuState::denied;
    gpu_.trouble = words + ": this user may not open it; ask the administrator for its device file";
    return;
  }
  gpu_.state = GpuState::lost;
  gpu_.trouble = words + (is_gone(result) ? ": as root, nvidia-smi --gpu-reset -i " +
                                                std::to_string(gpu_.index) + ", or reboot the host"
                                          : ": see nvidia-smi, and the kernel's log for Xid");
}

void NvmlGpu::locate() {
  auto near = locality_of(gpu_.pci, sysfs_);
  gpu_.numa_node = near.numa_node;
  gpu_.cpus = near.cpus.empty() ? cpu_affinity(nvml_, device_) : std::move(near.cpus);
}

void NvmlGpu::read_mode() {
  unsigned current = nvml::mig_off;
  unsigned pending = nvml::mig_off;
  if (ask(nvml_.mig_mode, device_, &current, &pending) != Result::success) return;
  gpu_.mig = {
      .supported = true, .current = current == nvml::mig_on, .pending = pending == nvml::mig_on};
  if (current == pending) return;
  gpu_.trouble = std::string("MIG mode goes ") + (gpu_.mig.pending ? "on" : "off") +
                 " with the next reset: as root, nvidia-smi --gpu-reset -i " +
                 std::to_string(gpu_.index);
}

void NvmlGpu::read_whole() {
  gpu_.state = GpuState::full;
  Slice slice;
  slice.uuid = gpu_.uuid;
  slice.kind = SliceKind::full;
  slice.profile = "full";
  slice.memory_bytes = gpu_.memory_bytes;
  slice.multiprocessors = count_multiprocessors();
  slice.gpu = gpu_.index;
  slice.gpu_uuid = gpu_.uuid;
  slice.processes = processes_of(device_, slice);
  gpu_.slices.push_back(std::move(slice));
}

/// Instances are numbered with holes, so every number up to the greatest is tried.
void NvmlGpu::read_instances() {
  const int most = number_of(nvml_.max_mig_count, device_).value_or(0);
  for (int index = 0; index < most; ++index) {
    Device mig = nullptr;
    const auto result = ask(nvml_.mig_by_index, device_, static_cast<unsigned>(index), &mig);
    if (is_gone(result)) return refuse(result);
    if (result == Result::success) read_instance(index, mig);
  }
  gpu_.state = gpu_.slices.empty() ? GpuState::empty : GpuState::partitioned;
  if (gpu_.slices.empty() && gpu_.trouble.empty()) {
    gpu_.trouble = "MIG is on, without instances: as root, nvidia-smi mig -i " +
                   std::to_string(gpu_.index) + " -cgi PROFILE -C";
  }
}

/// An instance that is being destroyed tells no UUID: it is not there.
void NvmlGpu::read_instance(int index, Device mig) {
  Slice slice;
  slice.kind = SliceKind::mig;
  slice.gpu = gpu_.index;
  slice.gpu_uuid = gpu_.uuid;
  slice.index = index;
  if (read_text(nvml_.uuid, mig, slice.uuid) != Result::success) return;
  slice.gpu_instance = number_of(nvml_.gpu_instance, mig);
  slice.compute_instance = number_of(nvml_.compute_instance, mig);
  shape(slice, mig);
  slice.processes = processes_of(mig, slice);
  gpu_.slices.push_back(std::move(slice));
}

/// Memory, SMs and profile: of the MIG device, never of its GPU.
void NvmlGpu::shape(Slice& slice, Device mig) const {
  nvml::DeviceAttributes attributes{};
  const bool told = ask(nvml_.attributes, mig, &attributes) == Result::success;
  nvml::Memory memory{};
  const bool measured = ask(nvml_.memory, mig, &memory) == Result::success;
  slice.memory_bytes = measured ? memory.total : attributes.memory_mib * mebibyte;
  slice.multiprocessors = static_cast<int>(attributes.multiprocessors);
  slice.compute_slices = static_cast<int>(attributes.compute_instance_slices);

  std::string name;
  (void)read_text(nvml_.name, mig, name);
  if (auto profile = profile_in_device_name(name)) {
    slice.profile = *std::move(profile);
    const auto parsed = parse_profile_name(slice.profile);
    if (slice.compute_slices == 0 && parsed) slice.compute_slices = parsed->compute_slices;
  } else if (told) {
    slice.profile =
        derive_profile_name({.gpu_slices = static_cast<int>(attributes.gpu_instance_slices),
                             .compute_slices = slice.compute_slices,
                             .memory_bytes = slice.memory_bytes,
                             .gpu_memory_bytes = gpu_.memory_bytes});
  }
}

std::vector<Process> NvmlGpu::processes_of(Device device, const Slice& slice) const {
  std::vector<Process> processes;
  for (const auto& record : process_records(nvml_, device)) {
    if (is_on(record, slice)) processes.push_back(process_in(record));
  }
  return processes;
}

int NvmlGpu::count_multiprocessors() const {
  int major = 0;
  int minor = 0;
  if (ask(nvml_.compute_capability, device_, &major, &minor) != Result::success) return 0;
  const int in_one = cores_per_multiprocessor(major, minor);
  return in_one == 0 ? 0 : number_of(nvml_.cores, device_).value_or(0) / in_one;
}

}  // namespace septet
