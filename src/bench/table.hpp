// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/contest.hpp"

#include <string>
#include <vector>

namespace septet::bench {

/// One form of a row as people read it. In microseconds and GB/s (10^9 bytes).
struct Rates {
  double time_us = 0;  ///< A call, of many back to back: the median of the rounds.
  double p50_us = 0;   ///< A call that is waited for, and what follows.
  double p99_us = 0;
  double least_us = 0;
  double algorithm_bandwidth = 0;  ///< Size of the call over time.
  double bus_bandwidth = 0;
};

/// Of figures that were not refused.
[[nodiscard]] Rates rates_of(const Case& each, const Figures& figures, int ranks);

/// The lines above the rows: what the columns are.
[[nodiscard]] std::string heading(bool several_libraries);

/// A line for each row of a case. Ratios are to the time of the first row, in the same form.
[[nodiscard]] std::string text_of(const std::vector<Row>& rows, int ranks);

}  // namespace septet::bench
