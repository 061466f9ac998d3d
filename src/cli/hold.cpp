// SPDX-License-Identifier: Apache-2.0
#include "cli/verbs.hpp"
#include <septet/error.hpp>

namespace septet::cli {

void add_hold(CLI::App& app, Context& context) {
  add_verb(app, context,
           {.name = "hold",
            .summary = "run one command that holds several slices",
            .description = "",
            .examples = ""},
           []() -> int { throw Error(ErrorKind::internal, "septet hold is being written"); });
}

}  // namespace septet::cli
