// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/verb.hpp"
#include <septet/collectives.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace septet::cli {

/// Declares `--collectives`, whose default is SEPTET_COLLECTIVES, else "auto".
void add_collectives_option(CLI::App& verb, const Context& context, std::string& word);

/// What the option says, with the libraries that are installed. Throws Error `argument` for a word
/// that is none, for Septet's collectives where they are not installed, and for a SEPTET_LIBRARIES
/// without them.
[[nodiscard]] Collectives collectives_of(const std::string& word, const Environment& environment);

/// Where the libraries are looked for: in SEPTET_LIBRARIES, or beside the running program.
[[nodiscard]] std::vector<std::filesystem::path> library_folders(const Environment& environment);

}  // namespace septet::cli
