// SPDX-License-Identifier: Apache-2.0
#include "cli/verbs.hpp"
#include <septet/error.hpp>

namespace septet::cli {

void add_run(CLI::App& app, Context& context) {
  add_verb(app, context,
           {.name = "run",
            .summary = "run one process on each slice",
            .description = "",
            .examples = ""},
           []() -> int { throw Error(ErrorKind::internal, "septet run is being written"); });
}

}  // namespace septet::cli
