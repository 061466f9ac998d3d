// SPDX-License-Identifier: Apache-2.0
#include "cli/verbs.hpp"
#include <septet/error.hpp>

namespace septet::cli {

void add_simulate(CLI::App& app, Context& context) {
  add_verb(app, context,
           {.name = "simulate",
            .summary = "run a command that sees simulated GPUs through NVML",
            .description = "",
            .examples = ""},
           []() -> int { throw Error(ErrorKind::internal, "septet simulate is being written"); });
}

}  // namespace septet::cli
