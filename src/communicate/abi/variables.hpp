// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace septet::abi {

/// The value of an environment variable of this process, or nothing.
[[nodiscard]] std::optional<std::string> variable(std::string_view name);

}  // namespace septet::abi
