// SPDX-License-Identifier: Apache-2.0
#include "base/errno.hpp"
#include "base/starter.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/collectives_option.hpp"
#include "cli/granting.hpp"
#include "cli/request_options.hpp"
#include "cli/verbs.hpp"
#include "launch/rank_environment.hpp"
#include "launch/slice_group.hpp"
#include "launch/spawn.hpp"
#include <septet/error.hpp>
#include <septet/launch.hpp>
#include <septet/token.hpp>

#include <unistd.h>

#include <functional>
#include <memory>

namespace septet::cli {
namespace {

const VerbText text{
    .name = "bind",
    .summary = "take the slice of my local rank (under mpirun, srun or hold)",
    .description =
        "Becomes COMMAND with one slice: the one of this process's local rank, as Open MPI, MPICH, "
        "Slurm, MVAPICH or torchrun tell it. All ranks of the job on this host take their slices "
        "together or not at all. Without a rank it takes one slice. Inside septet hold the slices "
        "are those that are held.",
    .examples =
        "  mpirun -np 4 septet bind -- python mpi_train.py\n"
        "  srun --ntasks-per-node 4 septet bind --memory 10G -- ./solver\n"
        "  septet hold -n 4 -- mpirun -np 4 septet bind -- python mpi_train.py",
};

struct BindOptions {
  std::string devices;
  std::string collectives;
  std::string join_limit = "60s";
  bool quiet = false;
};

/// Where the ranks of one job meet. The lease folder is part of it: other folder, other slices.
std::string meeting_place(const LocalRank& self, const std::filesystem::path& folder) {
  const auto job = self.job.empty() ? name_of_starter(self.variable) : self.job;
  const auto place = std::hash<std::string>()(job + "\n" + folder.string());
  return "septet-bind-" + std::to_string(::geteuid()) + "-" + std::to_string(place);
}

Request request_for(const CLI::App& verb, const Context& context, const LocalRank& self) {
  if (verb.count("-n") > 0) {
    throw Error(ErrorKind::usage,
                "septet bind takes one slice for each rank: leave -n away, mpirun -np says it");
  }
  auto request = request_of(verb, context);
  request.slices = self.size;
  return request;
}

/// One lease for all ranks. That there are too few slices is told in terms of ranks.
Lease take_for_all(const CLI::App& verb, Context& context, Driver& driver, const LocalRank& self,
                   const BindOptions& options, const std::string& command) {
  const auto request = request_for(verb, context, self);
  try {
    return grant(verb, context, driver, request, command, options.quiet);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::device || self.size == 1) throw;
    throw Error(
        ErrorKind::device,
        std::to_string(self.size) + " ranks on this host want a slice each, but " + error.what());
  }
}

/// What the command is told. torchrun's LOCAL_RANK is used as the number of a device, and there is
/// one: 0, as with torchrun --virtual-local-rank.
Environment environment_of(const Job& job, const LeaseRecord& lease, const LocalRank& self) {
  auto environment =
      member_environment(job, lease, {lease.slices.at(static_cast<std::size_t>(self.rank))});
  const auto rank = std::to_string(self.rank);
  const auto size = std::to_string(self.size);
  environment.set("SEPTET_LOCAL_RANK", rank);
  environment.set("SEPTET_RANK", self.global_rank.empty() ? rank : self.global_rank);
  environment.set("SEPTET_WORLD_SIZE", self.global_size.empty() ? size : self.global_size);
  // Of a launcher that is farther away, if there is one; alone it is its own group.
  environment.unset("SEPTET_TOKEN");
  if (self.variable.empty()) environment.set("SEPTET_TOKEN", text_of(random_token()));
  if (self.variable == "LOCAL_RANK") environment.set("LOCAL_RANK", "0");
  return environment;
}

int bind(const CLI::App& verb, Context& context, const BindOptions& options) {
  Job job;
  job.command = command_of(verb, context);
  job.environment = context.environment;
  job.devices = options.devices;
  job.collectives = collectives_of(options.collectives, context.environment);
  job.lease_folder = std::filesystem::absolute(LeaseFolder::usual(context.environment));
  const auto program = find_program(job.command.front(), job.environment);
  const auto self = local_rank(context.environment).value_or(LocalRank{});
  const auto driver = open_driver(options.devices, context.environment);
  const auto take = [&] {
    return take_for_all(verb, context, *driver, self, options, join(job.command, " "));
  };
  const auto member = join_group(meeting_place(self, job.lease_folder), self, take,
                                 parse_duration(options.join_limit));
  revalidate(member.record.slices, driver->survey());
  Start start;
  start.program = program;
  start.arguments = job.command;
  start.variables = environment_of(job, member.record, self).strings();
  start.inherited = member.descriptors();
  become(start);
}

}  // namespace

void add_bind(CLI::App& app, Context& context) {
  // Owned by the action; the options of the verb point into it.
  const auto options = std::make_shared<BindOptions>();
  auto& verb = add_verb(app, context, text, [&context, options, &app] {
    return bind(*app.get_subcommand(text.name), context, *options);
  });
  takes_command(verb);
  add_request_options(verb);
  add_patience_options(verb);
  add_devices_option(verb, context, options->devices);
  add_collectives_option(verb, context, options->collectives);
  verb.add_option("--join", options->join_limit,
                  "How long to wait for the other ranks of the job (default: 60s)")
      ->type_name("TIME");
  verb.add_flag("-q,--quiet", options->quiet, "No notes on stderr, only errors");
}

}  // namespace septet::cli
