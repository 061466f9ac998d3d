// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "discover/nvml_codes.hpp"

#include <cstddef>
#include <cstdint>

/// The part of NVML's C ABI that Septet speaks: the loader calls it, the stand-in offers it.
///
/// Our own declarations. Values and layouts are those of NVML 13.3 on x86-64 Linux; a comment
/// gives NVML's name where ours does not make it plain. Every struct is all scalars and arrays.
namespace septet::nvml {

// Opaque handles: never looked into by a client.
using Device = struct DeviceTag*;
using GpuInstance = struct GpuInstanceTag*;
using ComputeInstance = struct ComputeInstanceTag*;
using EventSet = struct EventSetTag*;

// Sizes of the text buffers that clients bring.
constexpr unsigned uuid_size = 80;     ///< NVML_DEVICE_UUID_BUFFER_SIZE
constexpr unsigned uuid_v2_size = 96;  ///< NVML_DEVICE_UUID_V2_BUFFER_SIZE
constexpr unsigned name_size = 96;     ///< NVML_DEVICE_NAME_V2_BUFFER_SIZE
constexpr unsigned version_size = 80;  ///< NVML_SYSTEM_DRIVER_VERSION_BUFFER_SIZE

/// NVML_DEVICE_MIG_DISABLE and _ENABLE, as nvmlDeviceGetMigMode tells them.
constexpr unsigned mig_off = 0;
constexpr unsigned mig_on = 1;

/// The id of a process record that belongs to no instance.
constexpr unsigned no_instance = 0xFFFFFFFF;

/// What NVML puts in the `version` field of a struct: its size and its version in one number.
template <typename Struct>
constexpr unsigned version_of(unsigned version) {
  return static_cast<unsigned>(sizeof(Struct)) | version << 24U;
}

/// NVML_COMPUTE_INSTANCE_ENGINE_PROFILE_SHARED, the only one there is.
constexpr unsigned engine_profile_shared = 0;

// Bits of `capabilities` in GpuInstanceProfileInfoV3.
constexpr unsigned capability_p2p = 1;
constexpr unsigned capability_gfx = 2;

constexpr unsigned field_resetless_mig = 184;  ///< NVML_FI_DEV_IS_RESETLESS_MIG_SUPPORTED
constexpr unsigned field_is_unsigned = 1;      ///< NVML_VALUE_TYPE_UNSIGNED_INT
constexpr unsigned uuid_ascii = 1;             ///< NVML_UUID_TYPE_ASCII

struct Memory {
  std::uint64_t total, free, used;
};
static_assert(sizeof(Memory) == 24);

struct MemoryV2 {
  unsigned version;
  std::uint64_t total, reserved, free, used;
};
static_assert(version_of<MemoryV2>(2) == 0x02000028);

struct Bar1Memory {
  std::uint64_t total, free, used;
};

struct PciInfo {
  char bus_id_legacy[16];  ///< "%04X:%02X:%02X.0"
  unsigned domain, bus, device, pci_device_id, pci_subsystem_id;
  char bus_id[32];  ///< "%08X:%02X:%02X.0"
};
static_assert(sizeof(PciInfo) == 68);

struct Utilization {
  unsigned gpu, memory;
};

struct ProcessInfoV1 {
  unsigned pid;
  std::uint64_t used_memory;
};
static_assert(sizeof(ProcessInfoV1) == 16);

/// nvmlProcessInfo_t of the _v2 and _v3 calls.
struct ProcessInfo {
  unsigned pid;
  std::uint64_t used_memory;  ///< All bits set where the driver does not tell.
  unsigned gpu_instance_id, compute_instance_id;
};
static_assert(sizeof(ProcessInfo) == 24);

struct DeviceAttributes {
  unsigned multiprocessors, copy_engines, decoders, encoders, jpegs, ofas;
  unsigned gpu_instance_slices, compute_instance_slices;
  std::uint64_t memory_mib;
};
static_assert(sizeof(DeviceAttributes) == 40);

/// nvmlFieldValue_t. `value` is a union; its first four bytes are the unsigned that we use.
struct FieldValue {
  unsigned field, scope;
  std::int64_t timestamp, latency_us;
  unsigned value_type;
  Result result;
  std::uint64_t value;
};
static_assert(sizeof(FieldValue) == 40);

/// nvmlUUID_t. `text` is a union with the 16 binary bytes.
struct Uuid {
  unsigned version, type;
  char text[41];
};
static_assert(version_of<Uuid>(1) == 0x01000034);

struct Pdi {
  unsigned version;
  std::uint64_t value;
};
static_assert(version_of<Pdi>(1) == 0x01000010);

struct Placement {
  unsigned start, size;
};

struct GpuInstanceProfileInfo {
  unsigned id, p2p, slices, instances, multiprocessors, copy_engines, decoders, encoders, jpegs,
      ofas;
  std::uint64_t memory_mib;
};
static_assert(sizeof(GpuInstanceProfileInfo) == 48);

struct GpuInstanceProfileInfoV2 {
  unsigned version;
  unsigned id, p2p, slices, instances, multiprocessors, copy_engines, decoders, encoders, jpegs,
      ofas;
  std::uint64_t memory_mib;
  char name[name_size];
};
static_assert(version_of<GpuInstanceProfileInfoV2>(2) == 0x02000098);

struct GpuInstanceProfileInfoV3 {
  unsigned version;
  unsigned id, slices, instances, multiprocessors, copy_engines, decoders, encoders, jpegs, ofas;
  std::uint64_t memory_mib;
  char name[name_size];
  unsigned capabilities;
};
static_assert(version_of<GpuInstanceProfileInfoV3>(3) == 0x03000098);

struct GpuInstanceInfo {
  Device device;
  unsigned id, profile_id;
  Placement placement;
};
static_assert(sizeof(GpuInstanceInfo) == 24);

struct ComputeInstanceProfileInfo {
  unsigned id, slices, instances, multiprocessors, copy_engines, decoders, encoders, jpegs, ofas;
};
static_assert(sizeof(ComputeInstanceProfileInfo) == 36);

struct ComputeInstanceProfileInfoV2 {
  unsigned version;
  ComputeInstanceProfileInfo info;
  char name[name_size];
};
static_assert(version_of<ComputeInstanceProfileInfoV2>(2) == 0x02000088);

struct ComputeInstanceProfileInfoV3 {
  unsigned version;
  ComputeInstanceProfileInfo info;
  char name[name_size];
  unsigned capabilities;
};
static_assert(version_of<ComputeInstanceProfileInfoV3>(3) == 0x0300008c);

struct ComputeInstanceInfoV1 {
  Device device;
  GpuInstance gpu_instance;
  unsigned id, profile_id;
};

struct ComputeInstanceInfo {
  Device device;
  GpuInstance gpu_instance;
  unsigned id, profile_id;
  Placement placement;
};
static_assert(sizeof(ComputeInstanceInfo) == 32);

}  // namespace septet::nvml
