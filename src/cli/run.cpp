// SPDX-License-Identifier: Apache-2.0
#include "cli/launching.hpp"
#include "cli/verbs.hpp"

#include <memory>

namespace septet::cli {
namespace {

const VerbText text{
    .name = "run",
    .summary = "run one process on each slice",
    .description =
        "Leases slices, starts COMMAND once on each as ranks 0, 1, ..., and waits. Each rank sees "
        "its own slice only, as device 0, and has the variables that torch.distributed reads. "
        "When one fails the others are stopped, and it is named. Whatever ends this command, "
        "nothing that it started stays behind.",
    .examples =
        "  septet run -n 4 -- python train.py         # DDP over four slices\n"
        "  septet run --memory 20G -- python fit.py   # one slice that is large enough\n"
        "  septet run -n 4 --ranks node --tag -- python lightning_script.py\n"
        "  septet run -n 2 --devices sim:a100-80gb:7x1g.10gb -- sh -c "
        "'echo $RANK $SEPTET_SLICE'",
};

}  // namespace

void add_run(CLI::App& app, Context& context) {
  // Owned by the action; the options of the verb point into it.
  const auto options = std::make_shared<LaunchOptions>();
  auto& verb = add_verb(app, context, text, [&context, options, &app] {
    const auto& self = *app.get_subcommand(text.name);
    return lease_and_launch(self, context, *options, job_of(self, context, *options));
  });
  takes_command(verb);
  add_launch_options(verb, context, *options);
  add_rank_options(verb, *options);
}

}  // namespace septet::cli
