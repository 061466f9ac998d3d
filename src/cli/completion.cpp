// SPDX-License-Identifier: Apache-2.0
#include "cli/verbs.hpp"
#include <septet/error.hpp>

namespace septet::cli {

void add_completion(CLI::App& app, Context& context) {
  add_verb(app, context,
           {.name = "completion",
            .summary = "print shell completion",
            .description = "",
            .examples = ""},
           []() -> int { throw Error(ErrorKind::internal, "septet completion is being written"); });
}

}  // namespace septet::cli
