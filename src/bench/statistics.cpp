// SPDX-License-Identifier: Apache-2.0
#include "bench/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace septet::bench {

double quantile(std::span<const double> samples, double share) {
  if (samples.empty()) return 0;
  std::vector<double> sorted(samples.begin(), samples.end());
  std::sort(sorted.begin(), sorted.end());
  const double rank = std::ceil(share * static_cast<double>(sorted.size()));
  return sorted[std::clamp<std::size_t>(static_cast<std::size_t>(rank), 1, sorted.size()) - 1];
}

Summary summary_of(std::span<const double> samples) {
  return {.median = quantile(samples, 0.5),
          .p99 = quantile(samples, 0.99),
          .least = quantile(samples, 0)};
}

}  // namespace septet::bench
