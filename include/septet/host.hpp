// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace septet {

/// What stands behind a slice.
enum class SliceKind {
  mig,   ///< A MIG compute instance.
  mps,   ///< A stand-in: a share of a whole GPU, kept by CUDA MPS. Not isolated as MIG is.
  full,  ///< An unpartitioned GPU, taken whole.
};

/// A process that runs on a slice, as the driver reports it to this user.
struct Process {
  pid_t pid = 0;
  std::uint64_t memory_bytes = 0;  ///< 0 where the driver does not tell.

  bool operator==(const Process&) const = default;
};

/// The smallest thing that is leased: one MIG compute instance, MPS stand-in or whole GPU.
/// Source of every number: the driver's answer for the slice itself, never for its parent.
struct Slice {
  /// The driver's "MIG-…" or "GPU-…", as CUDA_VISIBLE_DEVICES takes it. A stand-in is named
  /// "MPS-GPU-<uuid of the GPU>-<N>.<i>", share i of N: the GPU's whole
  /// name is in it, so that overlaps show.
  std::string uuid;
  SliceKind kind = SliceKind::mig;
  std::string profile;             ///< "1g.10gb", "1c.3g.20gb"; "mps.4" for a quarter; "full".
  std::uint64_t memory_bytes = 0;  ///< Memory of the slice; compute instances of one GPU
                                   ///< instance share it.
  int multiprocessors = 0;         ///< SMs of the slice; 0 where the source does not tell.
  int compute_slices = 0;          ///< Compute slices as MIG counts them; 0 where untold.
  int gpu = 0;                     ///< Index of the parent: the G of G:M.
  std::string gpu_uuid;            ///< The parent's "GPU-…"; for a whole GPU its own uuid.
  int index = 0;                   ///< The M of G:M. Changes when instances come and go.
  std::optional<int> gpu_instance;
  std::optional<int> compute_instance;
  std::vector<Process> processes;

  bool operator==(const Slice&) const = default;
};

/// What a GPU is good for now. The words are what `septet list` prints.
enum class GpuState {
  full,         ///< Not partitioned; its one slice is itself.
  partitioned,  ///< MIG on, with instances.
  empty,        ///< MIG on, no instances: nothing can run on it, and it is never granted.
  shared,       ///< Cut into MPS stand-ins.
  lost,         ///< Fell off the bus or needs a reset.
  denied,       ///< The driver refuses this user.
};

/// MIG mode as the driver tells it. Pending differs from current while a reset is due.
struct MigMode {
  bool supported = false;
  bool current = false;
  bool pending = false;

  bool operator==(const MigMode&) const = default;
};

/// One physical GPU and what it is cut into.
struct Gpu {
  int index = 0;  ///< NVML order, by PCI bus id.
  std::string uuid;
  std::string name;  ///< "NVIDIA A100-SXM4-40GB".
  GpuState state = GpuState::full;
  std::string trouble;  ///< Why it cannot be used, and the remedy; else empty.
  MigMode mig;
  std::uint64_t memory_bytes = 0;  ///< Of the whole GPU; 0 where this user may not know.
  std::string pci;                 ///< "0000:3b:00.0", as sysfs spells it; empty where untold.
  std::optional<int> numa_node;
  std::vector<int> cpus;      ///< CPUs near the GPU, ascending; empty where untold.
  std::vector<Slice> slices;  ///< By index.

  bool operator==(const Gpu&) const = default;
};

/// The GPUs of this host as one source described them at one moment.
struct Host {
  std::string source;          ///< "nvml", "mps:4", "sim:…" or "smi:FILE".
  std::string driver_version;  ///< Empty where untold.
  int cuda_version = 0;        ///< 13000 is 13.0, the newest that the driver can run; 0: untold.
  std::vector<Gpu> gpus;       ///< By index.
  std::string hidden_by = {};  ///< What left devices out: variables, a lease; empty: nothing did.

  bool operator==(const Host&) const = default;
};

[[nodiscard]] std::string_view name_of(SliceKind kind) noexcept;
[[nodiscard]] std::string_view name_of(GpuState state) noexcept;

/// "0:1" for a MIG slice or stand-in, "0" for a whole GPU: the container tools' spelling.
[[nodiscard]] std::string position(const Slice& slice);

/// Every slice of the host, by GPU and index.
[[nodiscard]] std::vector<Slice> slices_of(const Host& host);

/// The slice that `name` means: a UUID, a prefix of exactly one UUID, "G:M", the index of a whole
/// GPU, or the older "MIG-GPU-<uuid>/<GI>/<CI>". Throws Error `device` if it names none or
/// several, with the names that the host does have.
[[nodiscard]] const Slice& find_slice(const Host& host, std::string_view name);

}  // namespace septet
