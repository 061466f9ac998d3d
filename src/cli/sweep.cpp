// SPDX-License-Identifier: Apache-2.0
#include "cli/sweep_options.hpp"
#include "cli/sweeping.hpp"
#include "cli/verbs.hpp"

#include <memory>

namespace septet::cli {
namespace {

const VerbText text{
    .name = "sweep",
    .summary = "run many trials of a command over few slices",
    .description =
        "Runs COMMAND once for each combination of parameters, as many at once as slices are "
        "granted, each on a slice of its own. {NAME} in an argument is the trial's value; so are "
        "SEPTET_TRIAL_<NAME> and trial.json in its folder. {trial}, {seed}, {slice}, {slot} and "
        "{folder} are Septet's; {{ is a brace. GNU parallel's ::: and lines on stdin work too. "
        "Trials report with lines like {\"step\": 10, \"loss\": 0.3} on stdout. Everything that "
        "happens is in FOLDER/journal.jsonl, so that --resume goes on after whatever ended it.",
    .examples =
        "  septet sweep -n 4 --grid lr=1e-3,1e-4 --grid bs=32,64 --metric loss -- \\\n"
        "      python3 train.py --lr={lr} --batch={bs}\n"
        "  septet sweep -n 1..7 --random 'lr=loguniform(1e-5,1e-1)' --trials 50 --seed 7 -- \\\n"
        "      python3 train.py --lr={lr}\n"
        "  septet sweep -n 4 --optuna study.db --pruner median --metric loss --trials 60 \\\n"
        "      --random 'lr=loguniform(1e-5,1e-1)' -- python3 train.py --lr={lr}\n"
        "  septet sweep --from trials.csv --retries 2 --timeout 1h -- ./fit {model}\n"
        "  septet sweep --resume --from trials.csv -- ./fit {model}   # what is missing\n"
        "  septet sweep -n 7 --print -- gzip -k {} ::: *.log          # as GNU parallel",
};

}  // namespace

void add_sweep(CLI::App& app, Context& context) {
  // Owned by the action; the options of the verb point into it.
  const auto options = std::make_shared<SweepOptions>();
  options->folder = "septet-sweep";
  auto& verb = add_verb(app, context, text, [&context, options, &app] {
    const auto& self = *app.get_subcommand(text.name);
    return run_and_show(self, context, *options, sweep_of(self, context, *options));
  });
  takes_command(verb);
  add_sweep_options(verb, context, *options);
  add_queue_options(verb, *options);
}

}  // namespace septet::cli
