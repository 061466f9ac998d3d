// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/verb.hpp"
#include <septet/sweep.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace septet::cli {

/// What `sweep` and `ensemble` are told besides the request. Filled by parsing.
struct SweepOptions {
  std::vector<std::string> grids;
  std::vector<std::string> lists;
  std::vector<std::string> randoms;
  std::vector<std::string> tables;
  std::uint64_t trials = 1;
  std::uint64_t seed = 0;
  std::string devices;
  std::string collectives;
  std::string folder;
  std::string metric;
  std::string goal = "min";
  std::string score = "last";
  std::string timeout;
  std::string grace = "30s";
  std::string retry_delay = "1s";
  std::string halt = "never";
  Search search;
  std::string combine;
  int most_slices = 0;  ///< Of -n LOW..HIGH.
  int per_slice = 1;
  int retries = 0;
  int keep_best = 0;
  int top = 10;
  bool resume = false;
  bool resume_failed = false;
  bool allow_change = false;
  bool dry_run = false;
  bool print = false;
  bool json = false;
  bool quiet = false;
};

/// Adds what both verbs have: parameters, request, patience, ranking, folder, resume, output.
void add_sweep_options(CLI::App& verb, const Context& context, SweepOptions& options);

/// Adds what only many trials over few slices have: -n LOW..HIGH, --per-slice, --retries, --halt,
/// --optuna and what goes with that.
void add_queue_options(CLI::App& verb, SweepOptions& options);

/// The sweep that the options and the command describe, checked. Reads files, and stdin when
/// nothing else says what to try. Throws Error `usage` and `argument`.
[[nodiscard]] Sweep sweep_of(const CLI::App& verb, const Context& context,
                             const SweepOptions& options);

}  // namespace septet::cli
