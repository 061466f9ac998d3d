// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include <septet/error.hpp>
#include <septet/launch.hpp>

#include <unistd.h>

namespace septet {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view usual_path = "/usr/local/bin:/usr/bin:/bin";

bool is_program(const fs::path& path) {
  std::error_code unknown;
  return fs::is_regular_file(path, unknown) && ::access(path.c_str(), X_OK) == 0;
}

[[noreturn]] void refuse(const std::string& command, const std::string& why) {
  throw Error(ErrorKind::argument, "cannot run \"" + command + "\": " + why);
}

}  // namespace

fs::path find_program(const std::string& command, const Environment& environment) {
  if (command.find('/') != std::string::npos) {
    if (!fs::exists(command)) refuse(command, "no such file");
    if (!is_program(command)) refuse(command, "not executable: chmod +x, or name its interpreter");
    return command;
  }
  const auto path = environment.get("PATH").value_or(std::string(usual_path));
  for (const auto folder : split(path, ':')) {
    auto candidate = fs::path(folder.empty() ? "." : folder) / command;
    if (!command.empty() && is_program(candidate)) return candidate;
  }
  refuse(command, "not found along PATH");
}

}  // namespace septet
