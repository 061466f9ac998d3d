// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "session.hpp"

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace septet::standin {

/// Who runs on a slice: what the driver would list, had they opened a GPU.
struct LeasedProcess {
  pid_t pid = 0;
  std::string slice;  ///< UUID.
  auto operator<=>(const LeasedProcess&) const = default;
};

/// The live processes of the leases recorded in `folder`, by pid.
///
/// For each leased slice those whose SEPTET_SLICES names it under the same SEPTET_STATE; where
/// this user sees none, the holder of the lease. Records that are gone or malformed are skipped.
[[nodiscard]] std::set<LeasedProcess> leased_processes(const std::filesystem::path& folder);

/// One line of NVML's process lists.
struct RunningProcess {
  pid_t pid = 0;
  unsigned gpu_instance = nvml::no_instance;
  unsigned compute_instance = nvml::no_instance;
};

/// The processes on one MIG device, or on a GPU with all its MIG devices.
[[nodiscard]] std::vector<RunningProcess> processes_on(Session& session, const simulated::Gpu& gpu,
                                                       const simulated::MigDevice& device);
[[nodiscard]] std::vector<RunningProcess> processes_on(Session& session, const simulated::Gpu& gpu);

}  // namespace septet::standin
