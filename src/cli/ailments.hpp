// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/collectives.hpp>
#include <septet/host.hpp>

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace septet::cli {

/// What is wrong with a host, or could be better.
struct Ailment {
  std::string name;  ///< For programs: "mig-empty". docs/doctor.md lists all.
  bool fault;        ///< Something will not work; otherwise it works less well, or for fewer.
  std::string what;
  std::string why;
  std::string remedy;
};

/// The lease folder as it lies there.
struct FolderSight {
  std::filesystem::path path;
  bool shared = false;  ///< It is the one for all users of the host.
  bool exists = false;
  uid_t owner = 0;
  mode_t mode = 0;
};

/// What is looked for ailments, read once.
struct HostSight {
  std::optional<Host> host = std::nullopt;  ///< Nothing: the driver does not answer.
  std::string trouble = {};                 ///< Why not.
  bool has_mps_control = false;             ///< nvidia-cuda-mps-control is on the PATH.
  FolderSight leases = {};
  int cores = 0;                    ///< CPUs that this process may use.
  std::uint64_t memory_free = 0;    ///< Bytes that can be had; all bits set: untold.
  std::uint64_t memory_needed = 0;  ///< By the segment of one communicator.
  std::uint64_t memory_locked = 0;  ///< RLIMIT_MEMLOCK; all bits set: no limit.
  Collectives collectives = {};
  std::string collectives_trouble = {};  ///< Why they cannot be had as asked.
};

/// The slices of the host; where there is no host, or only whole GPUs, none.
[[nodiscard]] std::vector<Slice> cut_slices(const HostSight& sight);

/// What `sight` shows, in the order in which docs/doctor.md explains it. Pure.
[[nodiscard]] std::vector<Ailment> find_ailments(const HostSight& sight);

}  // namespace septet::cli
