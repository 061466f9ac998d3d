// SPDX-License-Identifier: Apache-2.0
//
// How clients find devices: by index, UUID, bus address and serial number.
#include "base/text.hpp"
#include "entry.hpp"
#include "names.hpp"

namespace septet::standin {
namespace {

using nvml::Device;
using nvml::Result;
using nvml::Uuid;

DeviceKey key_of(const simulated::Gpu& gpu) { return {.gpu = gpu.index}; }

DeviceKey key_of(const simulated::Gpu& gpu, const simulated::MigDevice& device) {
  return {gpu.index, device.instance->id, device.compute->id};
}

Device gpu_at(Session& session, unsigned index) {
  if (index >= session.world().gpus.size()) refuse(Result::invalid_argument);
  return session.handle_of(key_of(session.world().gpus[index]));
}

Device device_called(Session& session, std::string_view uuid) {
  for (const auto& gpu : session.world().gpus) {
    if (uuid_of(gpu) == uuid) return session.handle_of(key_of(gpu));
    for (const auto& device : mig_devices(gpu)) {
      if (uuid_of(gpu, device) == uuid) return session.handle_of(key_of(gpu, device));
    }
  }
  refuse(Result::not_found);
}

/// The text of a UUID in NVML's newer struct. Its binary form is refused: it does not tell GPUs
/// from MIG devices.
std::string_view text_of(const Uuid& uuid) {
  require_version(uuid.version, nvml::version_of<Uuid>(1));
  if (uuid.type != nvml::uuid_ascii) refuse(Result::not_supported);
  return {uuid.text, ::strnlen(uuid.text, sizeof uuid.text)};
}

/// "0000:07:00.0" and "07:00.0" will do, in either case.
bool is_on_bus(const simulated::Gpu& gpu, std::string_view wanted) {
  constexpr std::size_t shortest = std::string_view("07:00.0").size();
  return wanted.size() >= shortest && lower(long_bus_id(gpu)).ends_with(lower(wanted));
}

Device device_on_bus(Session& session, std::string_view wanted) {
  for (const auto& gpu : session.world().gpus) {
    if (is_on_bus(gpu, wanted)) return session.handle_of(key_of(gpu));
  }
  refuse(Result::not_found);
}

Device device_of_serial(Session& session, std::string_view serial) {
  for (const auto& gpu : session.world().gpus) {
    if (serial_of(gpu) == serial) return session.handle_of(key_of(gpu));
  }
  refuse(Result::not_found);
}

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

Result nvmlDeviceGetCount(unsigned* count) {
  return guarded(
      [&](Session& s) { required(count) = static_cast<unsigned>(s.world().gpus.size()); });
}
Result nvmlDeviceGetCount_v2(unsigned* count) { return nvmlDeviceGetCount(count); }

Result nvmlDeviceGetHandleByIndex(unsigned index, Device* device) {
  return guarded([&](Session& s) { required(device) = gpu_at(s, index); });
}
Result nvmlDeviceGetHandleByIndex_v2(unsigned index, Device* device) {
  return nvmlDeviceGetHandleByIndex(index, device);
}

Result nvmlDeviceGetHandleByUUID(const char* uuid, Device* device) {
  return guarded([&](Session& s) { required(device) = device_called(s, &required(uuid)); });
}
Result nvmlDeviceGetHandleByUUIDV(const Uuid* uuid, Device* device) {
  return guarded([&](Session& s) { required(device) = device_called(s, text_of(required(uuid))); });
}
Result nvmlDeviceGetHandleByPciBusId(const char* bus, Device* device) {
  return guarded([&](Session& s) { required(device) = device_on_bus(s, &required(bus)); });
}
Result nvmlDeviceGetHandleByPciBusId_v2(const char* bus, Device* device) {
  return nvmlDeviceGetHandleByPciBusId(bus, device);
}
Result nvmlDeviceGetHandleBySerial(const char* serial, Device* device) {
  return guarded([&](Session& s) { required(device) = device_of_serial(s, &required(serial)); });
}

}  // extern "C"
#pragma GCC visibility pop

}  // namespace septet::standin
