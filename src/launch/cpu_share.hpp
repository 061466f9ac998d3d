// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "launch/cpu_topology.hpp"
#include <septet/host.hpp>

#include <vector>

namespace septet {

/// The CPUs of one rank, and how many cores that is.
struct CpuShare {
  std::vector<int> cpus;  ///< Ascending, never none.
  int cores = 1;

  bool operator==(const CpuShare&) const = default;
};

/// For each of `slices`, in order, its part of the CPUs near its GPU.
///
/// Ranks near the same CPUs share them out by whole cores, neighbours together; where there are
/// fewer cores than ranks, each gets all of them. A GPU whose CPUs `host` does not tell, or that
/// are not on `machine`, counts as near to all of it. Pure.
[[nodiscard]] std::vector<CpuShare> share_cpus(const std::vector<Slice>& slices, const Host& host,
                                               const CpuTopology& machine);

}  // namespace septet
