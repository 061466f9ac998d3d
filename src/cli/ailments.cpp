// SPDX-License-Identifier: Apache-2.0
#include "cli/ailments.hpp"

#include "base/text.hpp"
#include "base/units.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace septet::cli {
namespace {

using Ailments = std::vector<Ailment>;

constexpr bool fault = true;
constexpr bool note = false;

/// The first driver that shows a process a device for each GPU instance, and the first CUDA that
/// the kernels of libnccl.so.2 are built for. Source: release notes of the driver and of CUDA 13.
constexpr int driver_with_several_devices = 570;
constexpr int cuda_of_kernels = 13'000;

constexpr mode_t sticky_for_all = 01777;
constexpr mode_t mode_bits = 07777;
constexpr int threads_of_a_rank = 2;  ///< The program's own, and the one that combines.

void find_no_driver(const HostSight& sight, Ailments& found) {
  if (sight.host) return;
  found.push_back({"no-driver", fault, "the NVIDIA driver does not answer", sight.trouble,
                   "in a container: start it with its GPUs (docker run --gpus ...); elsewhere: "
                   "install the driver, and see whether nvidia-smi -L works"});
}

void find_old_driver(const Host& host, Ailments& found) {
  if (host.cuda_version != 0 && host.cuda_version < cuda_of_kernels) {
    found.push_back(
        {"driver-before-cuda-13", fault,
         fmt::format("driver {} runs programs up to CUDA {}.{}", host.driver_version,
                     host.cuda_version / 1000, host.cuda_version % 1000 / 10),
         "Septet's collectives on devices, and its libnccl.so.2, are built with CUDA 13",
         "install driver 580 or newer; leases, sweeps and collectives on host memory "
         "work as it is"});
  }
  const auto major = parse_number<int>(split(host.driver_version, '.').front());
  if (major && *major < driver_with_several_devices) {
    found.push_back({"driver-before-r570", note,
                     fmt::format("driver {} shows a process one slice", host.driver_version),
                     "only from R570 on does a process see one device for each GPU instance",
                     "use septet run, one process a slice, rather than septet hold with a program "
                     "that drives several devices"});
  }
}

void find_unusable(const Gpu& gpu, Ailments& found) {
  const auto add = [&](const char* name, const char* what, std::string why, std::string remedy) {
    found.push_back(
        {name, fault, fmt::format("GPU {} {}", gpu.index, what), std::move(why), remedy});
  };
  if (gpu.state == GpuState::empty) {
    add("mig-empty", "is in MIG mode and has no instances",
        "nothing can run on it, and it is never granted",
        fmt::format("cut it: sudo nvidia-smi mig -i {} -cgi 19,19,19,19 -C (nvidia-smi mig -lgip "
                    "lists the numbers), or end MIG mode: sudo nvidia-smi -i {} -mig 0",
                    gpu.index, gpu.index));
  } else if (gpu.state == GpuState::lost) {
    add("gpu-lost", "does not answer", gpu.trouble, "reset it, or boot the host anew");
  } else if (gpu.state == GpuState::denied) {
    add("gpu-denied", "refuses this user", gpu.trouble,
        "ask the administrator for its device nodes (/dev/nvidia*)");
  }
}

void find_pending_mode(const Gpu& gpu, Ailments& found) {
  if (gpu.mig.pending == gpu.mig.current) return;
  found.push_back(
      {"mig-pending", note,
       fmt::format("GPU {}: MIG mode will be {} after a reset", gpu.index,
                   gpu.mig.pending ? "on" : "off"),
       "the mode was changed while the GPU was in use, or needs a reset to change",
       fmt::format("when nobody uses it: sudo nvidia-smi -i {} --gpu-reset", gpu.index)});
}

void find_no_way_to_cut(const HostSight& sight, Ailments& found) {
  const bool by_mps = sight.host->source.starts_with("mps:");
  if (sight.has_mps_control || sight.host->gpus.empty()) return;
  if (!by_mps && !cut_slices(sight).empty()) return;
  found.push_back({"no-mps", by_mps ? fault : note,
                   by_mps ? "stand-ins cannot be started" : "its GPUs can only be had whole",
                   "MIG mode is off, and nvidia-cuda-mps-control is not on the PATH",
                   "sudo nvidia-smi -mig 1 and make instances, or install the MPS program (it "
                   "comes with the driver's compute package)"});
}

void find_lease_folder(const FolderSight& folder, Ailments& found) {
  if (!folder.shared) {
    found.push_back({"leases-private", note,
                     "leases are in " + folder.path.string() + ", which other users do not see",
                     "two users of this host can take the same slice", "sudo septet install-host"});
  } else if (folder.exists && (folder.owner != 0 || (folder.mode & mode_bits) != sticky_for_all)) {
    found.push_back({"leases-mode", fault,
                     fmt::format("{} belongs to user {} with mode {:o}", folder.path.string(),
                                 folder.owner, folder.mode & mode_bits),
                     "all users must be able to write there, and none to remove what is another's: "
                     "root's, mode 1777",
                     "sudo septet install-host"});
  }
}

void find_few_cores(const HostSight& sight, Ailments& found) {
  const auto slices = static_cast<int>(cut_slices(sight).size());
  const int wanted = slices * threads_of_a_rank;
  if (slices < 2 || sight.cores >= wanted) return;
  found.push_back(
      {"few-cores", note,
       fmt::format("{} CPUs may be used here, and {} slices", sight.cores, slices),
       fmt::format("ranks that combine data on the host want two CPUs each: {} for all "
                   "slices; with fewer the GPU combines, or ranks wait for each other",
                   wanted),
       "give the container or job more CPUs (docker run --cpuset-cpus, srun --cpus-per-task)"});
}

void find_little_memory(const HostSight& sight, Ailments& found) {
  if (sight.memory_free < sight.memory_needed) {
    found.push_back(
        {"little-memory", fault,
         fmt::format("{} of host memory can be had", format_bytes(sight.memory_free)),
         fmt::format("the ranks of one communicator share {}", format_bytes(sight.memory_needed)),
         "raise the memory limit of the container or job, or lower SEPTET_SEGMENT_MIB"});
  }
  if (sight.memory_locked < sight.memory_needed) {
    found.push_back(
        {"memlock", note,
         fmt::format("at most {} of memory may be locked", format_bytes(sight.memory_locked)),
         "RDMA libraries (UCX, InfiniBand) need more; whether it binds CUDA's pinned "
         "memory was not tried",
         "ulimit -l unlimited; docker run --ulimit memlock=-1"});
  }
}

void find_no_collectives(const HostSight& sight, Ailments& found) {
  const auto& collectives = sight.collectives;
  if (!sight.collectives_trouble.empty()) {
    found.push_back({"collectives", fault, "Septet's collectives are not where they should be",
                     sight.collectives_trouble,
                     "install all of Septet, or choose --collectives=off"});
  } else if (collectives.from == CollectivesFrom::fitting && !collectives.libraries &&
             !cut_slices(sight).empty()) {
    found.push_back({"no-libnccl", fault, "Septet's libnccl.so.2 is not installed",
                     "programs on slices get the NCCL that they bring, which refuses several ranks "
                     "on one GPU before 2.30",
                     "build Septet with the CUDA toolkit, or name the folder of libnccl.so.2 and "
                     "libseptet_audit.so in SEPTET_LIBRARIES"});
  }
}

}  // namespace

std::vector<Slice> cut_slices(const HostSight& sight) {
  std::vector<Slice> slices;
  if (sight.host) slices = slices_of(*sight.host);
  std::erase_if(slices, [](const Slice& slice) { return slice.kind == SliceKind::full; });
  return slices;
}

std::vector<Ailment> find_ailments(const HostSight& sight) {
  Ailments found;
  find_no_driver(sight, found);
  if (sight.host) {
    find_old_driver(*sight.host, found);
    for (const auto& gpu : sight.host->gpus) {
      find_unusable(gpu, found);
      find_pending_mode(gpu, found);
    }
    find_no_way_to_cut(sight, found);
  }
  find_lease_folder(sight.leases, found);
  find_few_cores(sight, found);
  find_little_memory(sight, found);
  find_no_collectives(sight, found);
  return found;
}

}  // namespace septet::cli
