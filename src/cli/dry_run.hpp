// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/verb.hpp"
#include <septet/launch.hpp>

namespace septet::cli {

/// `--dry-run`: prints which slices `job` would get now and why, what each process would be told,
/// and the command. Takes and starts nothing. Returns the exit status: 0, or 75 when the job would
/// have to wait and was told not to.
[[nodiscard]] int show_launch(const CLI::App& verb, Context& context, const Job& job);

}  // namespace septet::cli
