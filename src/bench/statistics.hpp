// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

namespace septet::bench {

/// What some samples say together.
struct Summary {
  double median = 0;
  double p99 = 0;
  double least = 0;
};

/// The smallest sample that at least `share` of all are not above (the nearest rank); 0 of none.
[[nodiscard]] double quantile(std::span<const double> samples, double share);

[[nodiscard]] Summary summary_of(std::span<const double> samples);

}  // namespace septet::bench
