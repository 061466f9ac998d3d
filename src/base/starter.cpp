// SPDX-License-Identifier: Apache-2.0
#include "base/starter.hpp"

#include "base/file.hpp"
#include "base/text.hpp"

#include <unistd.h>

#include <cstddef>
#include <vector>

namespace septet {
namespace {

/// What one file of /proc/PID says; empty when the process is gone or another user's.
std::string proc(pid_t pid, const char* file) {
  return try_read_file("/proc/" + std::to_string(pid) + "/" + file).value_or("");
}

/// Field `number` of /proc/PID/stat, counted from 1; empty when there is none. Source: proc(5).
std::string field_of(pid_t pid, std::size_t number) {
  constexpr std::size_t first_behind_name = 3;
  const auto text = proc(pid, "stat");
  const auto name_end = text.rfind(") ");
  if (name_end == std::string::npos) return {};
  const auto fields = split(std::string_view(text).substr(name_end + 2), ' ');
  const auto index = number - first_behind_name;
  return index < fields.size() ? std::string(fields[index]) : std::string();
}

pid_t parent_of(pid_t pid) { return parse_number<pid_t>(field_of(pid, 4)).value_or(0); }

std::string name_of(pid_t pid) {
  const auto start = field_of(pid, 22);  // In clock ticks after boot.
  return std::to_string(pid) + (start.empty() ? "" : "." + start);
}

bool has_variable(pid_t pid, std::string_view variable) {
  const auto name = std::string(variable) + "=";
  const auto text = proc(pid, "environ");
  for (const auto each : split(text, '\0')) {
    if (each.starts_with(name)) return true;
  }
  return false;
}

}  // namespace

std::string name_of_starter(std::string_view variable) {
  pid_t starter = ::getppid();
  if (variable.empty()) return name_of(starter);
  while (starter > 1 && has_variable(starter, variable)) starter = parent_of(starter);
  return name_of(starter);
}

}  // namespace septet
