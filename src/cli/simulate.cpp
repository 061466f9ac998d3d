// SPDX-License-Identifier: Apache-2.0
#include "base/file.hpp"
#include "cli/models.hpp"
#include "cli/simulation.hpp"
#include "cli/verbs.hpp"
#include "discover/simulated_state.hpp"
#include "discover/simulated_store.hpp"
#include <septet/error.hpp>

#include <memory>
#include <ostream>

namespace septet::cli {
namespace {

const VerbText text{
    .name = "simulate",
    .summary = "run a command that sees simulated GPUs through NVML",
    .description =
        "COMMAND and its children see the GPUs of SPEC: monitors, frameworks and septet itself ask "
        "a libnvidia-ml.so.1 that answers as the driver would, MIG's life cycle included. Nothing "
        "can compute on them. SPEC is [K*]MODEL[:LAYOUT], joined by \"+\"; LAYOUT is off, empty, "
        "or "
        "instances joined by \",\"; or @FILE with a saved host. Changes last for COMMAND, or in "
        "FILE with --state. Inside, leases are kept apart from those of the real host.",
    .examples =
        "  septet simulate a100-40gb:7x1g.5gb -- septet list\n"
        "  septet simulate 2*h100-80gb:3g.40gb,2x2g.20gb+a30 -- nvitop -1\n"
        "  septet simulate 'a100-80gb:3g.40gb(1c,2c),1g.10gb+me' -- python walk.py\n"
        "  septet simulate h200:empty --state host.json -- python partition.py   # keeps its GPUs\n"
        "  septet simulate --list-models              # models and their profiles",
};

struct Options {
  std::string spec;
  std::string state;
  std::string user;
  bool reset = false;
  bool list_models = false;
  bool json = false;
};

[[noreturn]] void refuse(const std::string& why) { throw Error(ErrorKind::usage, why); }

/// The host that --state goes on with, made from SPEC the first time.
Simulation simulation_in(const std::string& file, const std::string& spec, bool reset_first) {
  const bool there = std::filesystem::exists(file);
  if (there && !spec.empty()) {
    refuse(file + " is there already: to go on with it leave out SPEC \"" + spec +
           "\" and write -- before the command; else remove it");
  }
  if (!there && spec.empty()) refuse(file + " is not there: give a SPEC to begin with");
  if (!there) replace_file(file, simulated::write_state(simulated::open_world(spec)));
  simulated::Store store("@" + file);  // Reads it, so that what is wrong with it is told here.
  if (reset_first) {
    store.update([](auto& world) {
      for (auto& gpu : world.gpus) reset(gpu);
    });
  }
  return Simulation::in(file);
}

Simulation simulation_of(const Options& options) {
  if (!options.state.empty()) return simulation_in(options.state, options.spec, options.reset);
  if (options.reset) refuse("--reset needs --state: a new host has nothing to reset");
  if (options.spec.empty()) refuse("no SPEC: write septet simulate SPEC -- COMMAND [arguments]");
  return Simulation(simulated::open_world(options.spec));
}

void set_user(Environment& environment, const std::string& user) {
  constexpr const char* nobody = "65534";
  if (user == "root") environment.set("SEPTET_SIMULATE_UID", "0");
  if (user == "plain") environment.set("SEPTET_SIMULATE_UID", nobody);
}

int simulate(const CLI::App& verb, Context& context, const Options& options) {
  if (options.list_models) {
    context.out << (options.json ? models_json() : models_table(Look::of(context)));
    return 0;
  }
  if (options.json) refuse("--json goes with --list-models");
  const auto command = command_of(verb, context);
  const auto simulation = simulation_of(options);
  auto environment = simulation.environment(context.environment);
  set_user(environment, options.user);
  return run_command(command, environment);
}

}  // namespace

void add_simulate(CLI::App& app, Context& context) {
  // Owned by the action; the options of the verb point into it.
  const auto options = std::make_shared<Options>();
  auto& verb = add_verb(app, context, text, [&context, options, &app] {
    return simulate(*app.get_subcommand(text.name), context, *options);
  });
  takes_command(verb);
  verb.add_option("SPEC", options->spec,
                  "The host: a100-40gb:7x1g.5gb, 2*h100+a30:empty, @host.json");
  verb.add_option("--state", options->state,
                  "Keep the host in FILE: made from SPEC the first time, gone on with later")
      ->type_name("FILE");
  verb.add_flag("--reset", options->reset,
                "Reset every GPU of FILE first: instances go, a pending MIG mode holds");
  verb.add_option("--as", options->user,
                  "Whose rights NVML sees: root or plain (default: those you have)")
      ->type_name("USER")
      ->check(CLI::IsMember({"root", "plain"}));
  verb.add_flag("--list-models", options->list_models, "Show the models that SPEC knows");
  verb.add_flag("--json", options->json, "The models as JSON, with the source of each number");
}

}  // namespace septet::cli
