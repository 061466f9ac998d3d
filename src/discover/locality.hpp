// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace septet {

/// What of the host is near a PCI device.
struct Locality {
  std::optional<int> numa_node;
  std::vector<int> cpus;  ///< Ascending; empty where the kernel does not tell.
};

/// What the kernel says of `pci` ("0000:3b:00.0") under `sysfs`, which is /sys but in tests.
[[nodiscard]] Locality locality_of(std::string_view pci, const std::filesystem::path& sysfs);

/// The CPUs of a kernel list such as "0-3,8,10-11"; none if it is malformed.
[[nodiscard]] std::vector<int> parse_cpu_list(std::string_view text);

/// NVML's spelling "00000000:3B:00.0" as sysfs spells it: "0000:3b:00.0".
[[nodiscard]] std::string sysfs_address(std::string_view bus_id);

}  // namespace septet
