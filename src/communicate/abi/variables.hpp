// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace septet::abi {

/// The value of a variable, or nothing.
using Lookup = std::function<std::optional<std::string>(std::string_view name)>;

using Variables = std::map<std::string, std::string, std::less<>>;

/// The variables that a file of NCCL's format sets: NAME=VALUE a line, up to the end of the line;
/// lines that begin with # and lines without = say nothing. The first of two counts.
[[nodiscard]] Variables variables_in(std::string_view text);

/// What the files say that NCCL reads: first the one that NCCL_CONF_FILE names, or ~/.nccl.conf
/// without it, then /etc/nccl.conf. Files that are not there say nothing.
[[nodiscard]] Variables variables_of_files(const Lookup& environment);

/// A variable of this process's environment; where it is not set, of the files, which are read
/// once.
[[nodiscard]] std::optional<std::string> variable(std::string_view name);

}  // namespace septet::abi
