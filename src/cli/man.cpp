// SPDX-License-Identifier: Apache-2.0
#include "cli/verbs.hpp"
#include <septet/error.hpp>

namespace septet::cli {

void add_man(CLI::App& app, Context& context) {
  add_verb(app, context,
           {.name = "man", .summary = "print a man page", .description = "", .examples = ""},
           []() -> int { throw Error(ErrorKind::internal, "septet man is being written"); });
}

}  // namespace septet::cli
