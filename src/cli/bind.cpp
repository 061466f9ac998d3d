// SPDX-License-Identifier: Apache-2.0
#include "cli/verbs.hpp"
#include <septet/error.hpp>

namespace septet::cli {

void add_bind(CLI::App& app, Context& context) {
  add_verb(app, context,
           {.name = "bind",
            .summary = "take the slice of my local rank (under mpirun, srun or hold)",
            .description = "",
            .examples = ""},
           []() -> int { throw Error(ErrorKind::internal, "septet bind is being written"); });
}

}  // namespace septet::cli
