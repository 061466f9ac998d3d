// SPDX-License-Identifier: Apache-2.0
#include "cli/verbs.hpp"
#include <septet/error.hpp>

namespace septet::cli {

void add_install_host(CLI::App& app, Context& context) {
  add_verb(
      app, context,
      {.name = "install-host",
       .summary = "prepare this host for several users",
       .description = "",
       .examples = ""},
      []() -> int { throw Error(ErrorKind::internal, "septet install-host is being written"); });
}

}  // namespace septet::cli
