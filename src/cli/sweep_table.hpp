// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/verb.hpp"
#include "sweep/results.hpp"

namespace septet::cli {

/// The best trials of a sweep, or the first where nothing ranks them, `most` at most, and after
/// them those that failed, as a table on `context.out`.
void show_results(Context& context, const Results& results, const Ranking& ranking, int most);

/// All trials as one JSON object with "version": 1.
[[nodiscard]] std::string results_json(const Results& results, const SweepReport& report);

}  // namespace septet::cli
