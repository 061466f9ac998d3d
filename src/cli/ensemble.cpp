// SPDX-License-Identifier: Apache-2.0
#include "cli/request_options.hpp"
#include "cli/sweep_options.hpp"
#include "cli/sweeping.hpp"
#include "cli/verbs.hpp"
#include <septet/error.hpp>

#include <memory>

namespace septet::cli {
namespace {

const VerbText text{
    .name = "ensemble",
    .summary = "train all members of an ensemble at once, one a slice",
    .description =
        "Runs COMMAND for each member at the same time, each on a slice of its own: it waits until "
        "all of them can have one, and when one fails the others are ended and the ensemble has "
        "failed. When all are done, the command of --combine runs on the first slice; it finds "
        "their folders in $SEPTET_SWEEP/trials. Members that want to talk to each other find a "
        "rank, the number of members and a token, as ranks of septet run do. Parameters are "
        "written as for septet sweep.",
    .examples =
        "  septet ensemble --list model=resnet50,efficientnet,vgg16,densenet -- \\\n"
        "      python3 train.py --model={model} --output={folder}/model.pt\n"
        "  septet ensemble --list seed_model=1,2,3 --combine 'python3 average.py' -- \\\n"
        "      python3 train.py --seed={seed} --output={folder}/model.pt",
};

/// All at once, or not at all; the failure of one is the failure of all.
Sweep ensemble_of(const CLI::App& verb, const Context& context, const SweepOptions& options) {
  auto sweep = sweep_of(verb, context, options);
  const auto members = static_cast<int>(size_of(sweep.space));
  const bool counted = verb.get_option("--num-migs")->count() > 0 || !sweep.request.named.empty();
  if (counted && sweep.request.slices != members) {
    throw Error(ErrorKind::usage, "an ensemble of " + std::to_string(members) +
                                      " runs on as many slices, not on " +
                                      std::to_string(sweep.request.slices));
  }
  sweep.request.slices = members;
  sweep.ensemble = true;
  sweep.halt = {.count = 1, .now = true};
  if (sweep.resume == Resume::missing) sweep.resume = Resume::both;
  if (!options.combine.empty()) sweep.combine = {"/bin/sh", "-c", options.combine};
  return sweep;
}

}  // namespace

void add_ensemble(CLI::App& app, Context& context) {
  // Owned by the action; the options of the verb point into it.
  const auto options = std::make_shared<SweepOptions>();
  options->folder = "septet-ensemble";
  auto& verb = add_verb(app, context, text, [&context, options, &app] {
    const auto& self = *app.get_subcommand(text.name);
    return run_and_show(self, context, *options, ensemble_of(self, context, *options));
  });
  takes_command(verb);
  add_sweep_options(verb, context, *options);
  verb.add_option("--combine", options->combine,
                  "Run by sh on the first slice when all members are done")
      ->type_name("CMD")
      ->group("How to run");
}

}  // namespace septet::cli
