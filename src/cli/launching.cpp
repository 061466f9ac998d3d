// SPDX-License-Identifier: Apache-2.0
#include "cli/launching.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/collectives_option.hpp"
#include "cli/dry_run.hpp"
#include "cli/granting.hpp"
#include "cli/request_options.hpp"
#include "launch/report.hpp"
#include <septet/guard.hpp>

#include <algorithm>
#include <ostream>

namespace septet::cli {
namespace {

/// A process speaks to one MPS daemon, and each GPU has its own.
bool hides_some(const Lease& lease) {
  const auto& first = lease.slices().front();
  return std::ranges::any_of(lease.slices(), [&](const Slice& slice) {
    return first.kind == SliceKind::mps && slice.gpu_uuid != first.gpu_uuid;
  });
}

void tell_what_is_hidden(Context& context) {
  context.err
      << "septet: CUDA shows one process the stand-ins of one GPU, here of the first; septet "
         "run and septet bind inside it use all of them, and --same-gpu asks for one GPU"
      << std::endl;
}

void tell_end(Context& context, const Lease& lease, const Job& job, const ExitReport& report) {
  if (job.one_process) return;  // The command's own affair, as it was in its terminal.
  for (const auto& line : root_cause(report, lease.slices())) {
    context.err << "septet: " << line << '\n';
  }
}

int launch_here(const CLI::App& verb, Context& context, const LaunchOptions& options,
                const Job& job) {
  const auto driver = open_driver(options.devices, context.environment);
  const auto lease = grant(verb, context, *driver, request_of(verb, context),
                           join(job.command, " "), options.quiet);
  if (job.one_process && !options.quiet && hides_some(lease)) tell_what_is_hidden(context);
  const auto report = launch(lease, driver->survey(), job);
  if (!options.report_file.empty()) replace_file(options.report_file, to_json(report));
  tell_end(context, lease, job, report);
  return report.status;
}

}  // namespace

void add_launch_options(CLI::App& verb, const Context& context, LaunchOptions& options) {
  add_request_options(verb);
  add_patience_options(verb);
  add_devices_option(verb, context, options.devices);
  add_collectives_option(verb, context, options.collectives);
  verb.add_option("--timeout", options.timeout, "Stop after TIME, with status 124")
      ->type_name("TIME");
  verb.add_option("--grace", options.grace, "From TERM to KILL when stopping (default: 10s)")
      ->type_name("TIME");
  verb.add_flag("--dry-run", options.dry_run, "Show what would run where; take and start nothing");
  verb.add_flag("-q,--quiet", options.quiet, "No notes on stderr, only errors");
}

void add_rank_options(CLI::App& verb, LaunchOptions& options) {
  verb.add_option("--ranks", options.ranks,
                  "What ranks are told: local (one node, for torch; the default), or node (each "
                  "slice a node of its own, for Lightning, accelerate, JAX)")
      ->type_name("STYLE")
      ->check(CLI::IsMember({"local", "node"}));
  verb.add_flag("--tag", options.tag, "Begin each line of output with \"[rank] \"");
  verb.add_option("--log-folder", options.log_folder, "Also write rank-R.out and rank-R.err there")
      ->type_name("FOLDER");
  verb.add_option("--max-restarts", options.max_restarts,
                  "Start all ranks anew after a failure, so many times (default: 0)")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber);
  verb.add_flag("--no-bind", options.no_bind, "Leave ranks on all CPUs, not those near their GPU");
  verb.add_option("--report", options.report_file, "Write how each rank ended to FILE, as JSON")
      ->type_name("FILE");
}

Job job_of(const CLI::App& verb, const Context& context, const LaunchOptions& options) {
  Job job;
  job.command = command_of(verb, context);
  job.environment = context.environment;
  job.devices = options.devices;
  job.collectives = collectives_of(options.collectives, context.environment);
  job.lease_folder = std::filesystem::absolute(LeaseFolder::usual(context.environment));
  job.ranks = options.ranks == "node" ? RankStyle::node : RankStyle::local;
  job.tag = options.tag;
  if (!options.log_folder.empty()) job.log_folder = options.log_folder;
  job.max_restarts = options.max_restarts;
  if (!options.timeout.empty()) job.timeout = parse_duration(options.timeout);
  job.grace = parse_duration(options.grace);
  job.bind_cpus = !options.no_bind;
  job.quiet = options.quiet;
  static_cast<void>(find_program(job.command.front(), job.environment));
  return job;
}

int lease_and_launch(const CLI::App& verb, Context& context, const LaunchOptions& options,
                     const Job& job) {
  if (options.dry_run) return show_launch(verb, context, job);
  if (const auto status = guard()) return *status;
  return launch_here(verb, context, options, job);
}

}  // namespace septet::cli
