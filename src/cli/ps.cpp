// SPDX-License-Identifier: Apache-2.0
#include "cli/verbs.hpp"
#include <septet/error.hpp>

namespace septet::cli {

void add_ps(CLI::App& app, Context& context) {
  add_verb(
      app, context,
      {.name = "ps", .summary = "show leases and the queue", .description = "", .examples = ""},
      []() -> int { throw Error(ErrorKind::internal, "septet ps is being written"); });
}

}  // namespace septet::cli
