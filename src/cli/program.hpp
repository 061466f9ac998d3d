// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/verb.hpp"

#include <memory>
#include <string>
#include <vector>

namespace septet::cli {

/// The whole command line: every verb with its options. Man pages and completion read it too.
[[nodiscard]] std::unique_ptr<CLI::App> make_program(Context& context);

/// Parses `arguments` (without the program's name), runs the verb and returns the exit status.
/// Errors end here, as one line "septet: …" on `context.err`.
[[nodiscard]] int run_program(const std::vector<std::string>& arguments, Context& context);

}  // namespace septet::cli
