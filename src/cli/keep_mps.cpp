// SPDX-License-Identifier: Apache-2.0
#include "cli/verbs.hpp"
#include "launch/mps_keeper.hpp"

#include <memory>
#include <string>

namespace septet::cli {

void add_keep_mps(CLI::App& app, Context& context) {
  const auto place = std::make_shared<MpsPlace>();  // Of the parser and of the action.
  auto& verb = add_verb(app, context,
                        {.name = std::string(mps_keeper_verb),
                         .summary = "keep the MPS daemon of a GPU (septet starts this itself)",
                         .description = "",
                         .examples = ""},
                        [place, &context] {
                          keep_mps(*place, context.environment);
                          return 0;
                        });
  verb.group("");  // Hidden: not for people.
  verb.add_option("gpu", place->gpu_uuid, "The GPU's uuid")->required();
  verb.add_option("folder", place->folder, "Where the daemon lives")->required();
}

}  // namespace septet::cli
