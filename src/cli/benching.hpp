// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/bench_options.hpp"
#include "cli/verb.hpp"

#include <string>
#include <string_view>

namespace septet::cli {

inline constexpr std::string_view bench_rank_verb = "bench-rank";

/// What `septet bench` is told besides the request and what to measure.
struct BenchRun {
  BenchOptions bench;
  std::string devices;
  std::string timeout;
  std::string json_file;
  std::string html_file;
  bool quiet = false;
};

/// Leases, starts a rank on each slice (or, for host buffers, ranks without slices), and writes the
/// files that were asked for. Returns the exit status: 0 when nothing was wrong.
[[nodiscard]] int run_bench(const CLI::App& verb, Context& context, const BenchRun& run);

}  // namespace septet::cli
