// SPDX-License-Identifier: Apache-2.0
#include "cli/verbs.hpp"
#include <septet/error.hpp>

namespace septet::cli {

void add_wait(CLI::App& app, Context& context) {
  add_verb(app, context,
           {.name = "wait",
            .summary = "wait until slices could be had, or a lease ends",
            .description = "",
            .examples = ""},
           []() -> int { throw Error(ErrorKind::internal, "septet wait is being written"); });
}

}  // namespace septet::cli
