// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sweep/event.hpp"
#include "sweep/leaders.hpp"
#include <septet/sweep.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace septet {

/// One attempt as it stood in the journal: who ran where and when.
struct Span {
  int trial = 0;
  int attempt = 1;
  std::string position;
  int slot = 1;
  double start = 0;           ///< Seconds since 1970.
  std::optional<double> end;  ///< Nothing: it was cut short with the sweep itself.
  Outcome outcome = Outcome::stopped;
};

/// What became of one trial: its last attempt.
struct TrialResult {
  int trial = 0;
  int attempts = 0;
  Outcome outcome = Outcome::stopped;
  int status = 0;
  std::uint32_t seed = 0;
  std::string slice;
  std::string position;
  Parameters parameters;
  Metrics metrics;
  double start = 0;
  double seconds = 0;
  std::optional<double> score;
  int rank = 0;  ///< From 1 among those that are done and have a score; 0: none.
};

struct Results {
  SweepEvent sweep;
  double began = 0;                 ///< Seconds since 1970: the first event.
  std::vector<TrialResult> trials;  ///< By number; those that ever started.
  std::vector<Span> spans;          ///< In the order of starting.
};

/// What a journal tells. Throws what read_journal throws.
[[nodiscard]] Results collect(std::string_view journal, std::string_view source,
                              const Ranking& ranking);

/// One line a trial: number, rank, outcome, status, attempts, seconds, place, parameters, metrics.
[[nodiscard]] std::string print_csv(const Results& results);

/// One JSON object a trial, with "version": 1.
[[nodiscard]] std::string print_jsonl(const Results& results);

/// Writes results.csv, results.jsonl and report.html into the folder of `sweep` from its journal
/// and the trials' own files. Returns what they say. Throws Error `system`.
Results write_results(const Sweep& sweep);

}  // namespace septet
