// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/sweep_options.hpp"
#include "cli/verb.hpp"

namespace septet::cli {

/// Does what `sweep` and `ensemble` do with a sweep: prints its commands for --dry-run, else leases
/// slices, runs it under guard(), and shows what came of it. Returns the exit status.
[[nodiscard]] int run_and_show(const CLI::App& verb, Context& context, const SweepOptions& options,
                               const Sweep& sweep);

}  // namespace septet::cli
