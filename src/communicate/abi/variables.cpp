// SPDX-License-Identifier: Apache-2.0
#include "communicate/abi/variables.hpp"

#include <cstdlib>

namespace septet::abi {

std::optional<std::string> variable(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

}  // namespace septet::abi
