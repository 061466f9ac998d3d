// SPDX-License-Identifier: Apache-2.0
#include "communicate/control_groups.hpp"

#include "base/file.hpp"
#include "base/text.hpp"

namespace septet {
namespace {

/// "0::/a/b" in /proc/self/cgroup: cgroups(7).
std::filesystem::path own_group(const std::filesystem::path& root) {
  const auto text = try_read_file(root / "proc/self/cgroup").value_or("");
  for (const auto line : split(text, '\n')) {
    if (line.starts_with("0::/")) return line.substr(4);
  }
  return {};
}

}  // namespace

std::vector<std::filesystem::path> own_control_groups(const std::filesystem::path& root) {
  std::vector<std::filesystem::path> groups;
  for (auto group = own_group(root);; group = group.parent_path()) {
    groups.push_back(root / "sys/fs/cgroup" / group);
    if (group.empty()) return groups;
  }
}

}  // namespace septet
