// SPDX-License-Identifier: Apache-2.0
#include "discover/locality.hpp"

#include "base/file.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <utility>

namespace septet {
namespace {

std::string first_line(const std::filesystem::path& file) {
  return std::string(trim(try_read_file(file).value_or("")));
}

/// First and last of "8" or "0-3".
std::optional<std::pair<int, int>> parse_range(std::string_view text) {
  constexpr int most_cpus = 1 << 16;
  const auto dash = text.find('-');
  const auto first = parse_number<int>(text.substr(0, dash));
  const auto last =
      dash == std::string_view::npos ? first : parse_number<int>(text.substr(dash + 1));
  if (!first || !last || *first < 0 || *last < *first || *last >= most_cpus) return {};
  return std::pair(*first, *last);
}

}  // namespace

Locality locality_of(std::string_view pci, const std::filesystem::path& sysfs) {
  if (pci.empty()) return {};
  const auto folder = sysfs / "bus/pci/devices" / pci;
  Locality result;
  const auto node = parse_number<int>(first_line(folder / "numa_node"));
  // The kernel says -1 where the firmware names no node.
  if (node && *node >= 0) result.numa_node = node;
  result.cpus = parse_cpu_list(first_line(folder / "local_cpulist"));
  return result;
}

std::vector<int> parse_cpu_list(std::string_view text) {
  std::vector<int> cpus;
  for (const auto piece : split(text, ',')) {
    const auto range = parse_range(piece);
    if (!range) return {};
    for (int cpu = range->first; cpu <= range->second; ++cpu) cpus.push_back(cpu);
  }
  std::ranges::sort(cpus);
  const auto repeated = std::ranges::unique(cpus);
  cpus.erase(repeated.begin(), repeated.end());
  return cpus;
}

std::string sysfs_address(std::string_view bus_id) {
  constexpr std::string_view usual_domain = "0000";
  const auto domain = bus_id.find(':');
  if (domain == 8 && bus_id.starts_with(usual_domain)) bus_id.remove_prefix(usual_domain.size());
  return lower(bus_id);
}

}  // namespace septet
