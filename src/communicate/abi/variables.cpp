// SPDX-License-Identifier: Apache-2.0
#include "communicate/abi/variables.hpp"

#include "base/file.hpp"
#include "base/text.hpp"

#include <cstdlib>
#include <vector>

namespace septet::abi {
namespace {

std::optional<std::string> of_environment(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::vector<std::string> files(const Lookup& environment) {
  std::vector<std::string> names;
  const auto named = environment("NCCL_CONF_FILE");
  const auto home = environment("HOME");
  if (named && !named->empty()) {
    names.push_back(*named);
  } else if (home) {
    names.push_back(*home + "/.nccl.conf");
  }
  names.emplace_back("/etc/nccl.conf");
  return names;
}

}  // namespace

Variables variables_in(std::string_view text) {
  Variables variables;
  for (auto line : split(text, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto equals = line.find('=');
    if (line.starts_with('#') || equals == std::string_view::npos) continue;
    variables.emplace(line.substr(0, equals), line.substr(equals + 1));
  }
  return variables;
}

Variables variables_of_files(const Lookup& environment) {
  Variables variables;
  for (const auto& name : files(environment)) {
    if (const auto text = try_read_file(name)) variables.merge(variables_in(*text));
  }
  return variables;
}

std::optional<std::string> variable(std::string_view name) {
  if (auto value = of_environment(name)) return value;
  static const Variables of_files = variables_of_files(of_environment);
  const auto found = of_files.find(name);
  return found == of_files.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace septet::abi
