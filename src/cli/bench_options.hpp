// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/contest.hpp"
#include "cli/verb.hpp"
#include "communicate/path.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace septet::cli {

/// What `septet bench` measures, as it is written. Filled by parsing.
struct BenchOptions {
  std::vector<std::string> operations;
  std::string sizes;  ///< Empty: as usual.
  std::vector<std::string> types;
  std::vector<std::string> reductions;
  std::vector<std::string> paths;  ///< None: as usual.
  std::string check;
  std::string buffers = "auto";
  std::string nccl;
  std::string gloo;
  std::string resources;  ///< How long to leave communicators alone; empty: not asked for.
  std::string tune;       ///< The file; empty: no tuning.
  int iterations = 0;
  int warmup = 5;
  bool in_place = false;
  bool out_of_place = false;
  bool graph = false;
};

/// Adds the options above. They alone stand in one group, so that they can be handed on to ranks.
void add_bench_options(CLI::App& verb, BenchOptions& options);

/// What they mean. Throws Error `argument` and names what is wrong.
[[nodiscard]] bench::Program program_of(const BenchOptions& options);

/// How long --resources leaves communicators alone. Throws Error `argument`.
[[nodiscard]] std::chrono::milliseconds idle_of(const BenchOptions& options);

/// The paths to measure, each as a row, none for Septet as usual. `buffers` decided. Throws Error
/// `argument` when one is none, or of other buffers.
[[nodiscard]] std::vector<Path> paths_of(const BenchOptions& options, BufferPlace buffers);

/// The words of `verb` that add_bench_options declared, as they were written, for the command line
/// of a rank; `buffers` decided.
[[nodiscard]] std::vector<std::string> words_for_ranks(const CLI::App& verb,
                                                       const std::string& buffers);

}  // namespace septet::cli
