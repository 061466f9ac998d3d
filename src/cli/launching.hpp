// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/verb.hpp"
#include <septet/launch.hpp>

#include <string>

namespace septet::cli {

/// What `run` and `hold` are told besides the request. Filled by parsing.
struct LaunchOptions {
  std::string devices;
  std::string collectives;
  std::string ranks = "local";
  std::string log_folder;
  std::string timeout;
  std::string grace = "10s";
  std::string report_file;
  int max_restarts = 0;
  bool tag = false;
  bool no_bind = false;
  bool dry_run = false;
  bool quiet = false;
};

/// Adds what both verbs have: request, patience, --devices, --collectives, --timeout, --grace,
/// --dry-run, --quiet.
void add_launch_options(CLI::App& verb, const Context& context, LaunchOptions& options);

/// Adds what only ranks have: --ranks, --tag, --log-folder, --max-restarts, --no-bind, --report.
void add_rank_options(CLI::App& verb, LaunchOptions& options);

/// The job that the options describe. Throws Error `argument` for a value that is none, or a
/// command that is not found: before anything is taken.
[[nodiscard]] Job job_of(const CLI::App& verb, const Context& context,
                         const LaunchOptions& options);

/// Does what `run` and `hold` do: discover, choose and lease, launch, under guard(). Returns the
/// exit status.
[[nodiscard]] int lease_and_launch(const CLI::App& verb, Context& context,
                                   const LaunchOptions& options, const Job& job);

}  // namespace septet::cli
