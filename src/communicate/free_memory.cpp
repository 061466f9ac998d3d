// SPDX-License-Identifier: Apache-2.0
#include "communicate/free_memory.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "communicate/control_groups.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace septet {
namespace {

constexpr auto unknown = std::numeric_limits<std::uint64_t>::max();

/// The number behind `key` at the start of a line, as /proc/meminfo and memory.stat have them.
std::optional<std::uint64_t> value_of(std::string_view text, std::string_view key) {
  for (const auto line : split(text, '\n')) {
    if (!line.starts_with(key)) continue;
    const auto value = trim(line.substr(key.size()));
    return parse_number<std::uint64_t>(value.substr(0, value.find(' ')));
  }
  return {};
}

std::uint64_t free_on_host(const std::filesystem::path& root) {
  const auto text = try_read_file(root / "proc/meminfo").value_or("");
  const auto available = value_of(text, "MemAvailable:");
  if (!available) return unknown;
  return (*available + value_of(text, "SwapFree:").value_or(0)) * kibibyte;
}

std::uint64_t free_in_group(const std::filesystem::path& group) {
  const auto read = [&](const char* name) { return try_read_file(group / name).value_or(""); };
  const auto limit = parse_number<std::uint64_t>(trim(read("memory.max")));  // Or "max".
  const auto used = parse_number<std::uint64_t>(trim(read("memory.current")));
  if (!limit || !used) return unknown;
  const auto stat = read("memory.stat");
  const auto cache =
      value_of(stat, "inactive_file ").value_or(0) + value_of(stat, "active_file ").value_or(0);
  const auto kept = *used - std::min(*used, cache);
  return *limit - std::min(*limit, kept);
}

}  // namespace

std::uint64_t free_memory(const std::filesystem::path& root) {
  auto least = free_on_host(root);
  for (const auto& group : own_control_groups(root)) least = std::min(least, free_in_group(group));
  return least;
}

}  // namespace septet
