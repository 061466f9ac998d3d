// SPDX-License-Identifier: Apache-2.0
#include "cli/verbs.hpp"
#include <septet/error.hpp>

namespace septet::cli {

void add_check(CLI::App& app, Context& context) {
  add_verb(app, context,
           {.name = "check",
            .summary = "show what this process sees, and the usual mistakes",
            .description = "",
            .examples = ""},
           []() -> int { throw Error(ErrorKind::internal, "septet check is being written"); });
}

}  // namespace septet::cli
