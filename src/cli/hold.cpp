// SPDX-License-Identifier: Apache-2.0
#include "cli/launching.hpp"
#include "cli/verbs.hpp"

#include <memory>

namespace septet::cli {
namespace {

const VerbText text{
    .name = "hold",
    .summary = "run one process that holds several slices",
    .description =
        "Leases slices and starts COMMAND once, in this terminal. It sees all of them in "
        "CUDA_VISIBLE_DEVICES and NVIDIA_VISIBLE_DEVICES; septet run and septet bind inside it "
        "share out what is held. The slices are free again when it ends.",
    .examples =
        "  septet hold -n 4 -- bash                   # a shell with four slices\n"
        "  septet hold -n 4 -- ./hyperparameter_sweep.sh\n"
        "  septet hold -n 4 -- mpirun -np 4 septet bind -- python mpi_train.py",
};

}  // namespace

void add_hold(CLI::App& app, Context& context) {
  // Owned by the action; the options of the verb point into it.
  const auto options = std::make_shared<LaunchOptions>();
  auto& verb = add_verb(app, context, text, [&context, options, &app] {
    const auto& self = *app.get_subcommand(text.name);
    auto job = job_of(self, context, *options);
    job.one_process = true;
    return lease_and_launch(self, context, *options, job);
  });
  takes_command(verb);
  add_launch_options(verb, context, *options);
}

}  // namespace septet::cli
