// SPDX-License-Identifier: Apache-2.0
#include "cli/verbs.hpp"
#include <septet/error.hpp>

namespace septet::cli {

void add_list(CLI::App& app, Context& context) {
  add_verb(app, context,
           {.name = "list",
            .summary = "show slices, full GPUs and who holds them",
            .description = "",
            .examples = ""},
           []() -> int { throw Error(ErrorKind::internal, "septet list is being written"); });
}

}  // namespace septet::cli
