// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "communicate/abi/log.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace septet::abi {
namespace {

constexpr std::array<std::pair<std::string_view, LogLevel>, 5> levels{{
    {"version", LogLevel::version},
    {"warn", LogLevel::warn},
    {"info", LogLevel::info},
    {"abort", LogLevel::abort},
    {"trace", LogLevel::trace},
}};

// Bits of subsystems that have no line here as well: they stand in people's variables.
constexpr std::array<std::pair<std::string_view, std::uint32_t>, 19> subsystems{{
    {"init", 0x1},         {"coll", 0x2},           {"p2p", 0x4},        {"shm", 0x8},
    {"net", 0x10},         {"graph", 0x20},         {"tuning", 0x40},    {"env", 0x80},
    {"alloc", 0x100},      {"call", 0x200},         {"proxy", 0x400},    {"nvls", 0x800},
    {"bootstrap", 0x1000}, {"reg", 0x2000},         {"profile", 0x4000}, {"ras", 0x8000},
    {"destroy", 0x10000},  {"alloc_host", 0x20000}, {"all", ~0U},
}};

/// The second of the pair that `name` stands in, or `otherwise`.
template <typename Table, typename Value>
Value looked_up(const Table& table, std::string_view name, Value otherwise) {
  const auto wanted = lower(name);
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const auto& row) { return row.first == wanted; });
  return found == table.end() ? otherwise : found->second;
}

/// A leading ^ turns all of the list round.
std::uint32_t subsystems_of(std::string_view list) {
  const bool inverted = list.starts_with('^');
  std::uint32_t chosen = 0;
  for (const auto name : split(list.substr(inverted ? 1 : 0), ',')) {
    chosen |= looked_up(subsystems, trim(name), 0U);
  }
  return inverted ? ~chosen : chosen;
}

}  // namespace

LogSettings log_settings_of(const Lookup& variables) {
  LogSettings settings;
  settings.level = looked_up(levels, variables("NCCL_DEBUG").value_or(""), LogLevel::none);
  if (const auto list = variables("NCCL_DEBUG_SUBSYS")) settings.subsystems = subsystems_of(*list);
  if (settings.level > LogLevel::version) {
    settings.file = variables("NCCL_DEBUG_FILE").value_or("");
  }
  return settings;
}

std::string file_name_of(std::string_view pattern, std::string_view host, int process) {
  std::string name;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char next = pattern[i] == '%' && i + 1 < pattern.size() ? pattern[++i] : '\0';
    if (next == 'h') {
      name += host;
    } else if (next == 'p') {
      name += std::to_string(process);
    } else if (next == '%' || next == '\0') {
      name += pattern[i];
    } else {
      (name += '%') += next;
    }
  }
  return name;
}

}  // namespace septet::abi
