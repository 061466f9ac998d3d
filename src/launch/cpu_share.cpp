// SPDX-License-Identifier: Apache-2.0
#include "launch/cpu_share.hpp"

#include <algorithm>
#include <iterator>
#include <map>

namespace septet {
namespace {

using Cpus = std::vector<int>;

Cpus cpus_near(const Slice& slice, const Host& host, const Cpus& usable) {
  const auto gpu = std::ranges::find(host.gpus, slice.gpu_uuid, &Gpu::uuid);
  Cpus near;
  if (gpu != host.gpus.end()) {
    std::ranges::set_intersection(gpu->cpus, usable, std::back_inserter(near));
  }
  return near.empty() ? usable : near;
}

/// One share for each of `ranks`, which are near the same CPUs.
std::vector<CpuShare> share_out(const Cpus& near, std::size_t ranks, const CpuTopology& machine) {
  const auto parts = static_cast<int>(ranks);
  const int cores = machine.cores_of(near);
  if (cores < parts) return std::vector<CpuShare>(ranks, {.cpus = near, .cores = 1});
  std::vector<CpuShare> shares;
  for (auto& part : machine.share_out(near, parts)) {
    const int own = machine.cores_of(part);
    shares.push_back({.cpus = std::move(part), .cores = own});
  }
  return shares;
}

}  // namespace

std::vector<CpuShare> share_cpus(const std::vector<Slice>& slices, const Host& host,
                                 const CpuTopology& machine) {
  const auto usable = machine.cpus();
  std::map<Cpus, std::vector<std::size_t>> neighbours;
  for (std::size_t rank = 0; rank < slices.size(); ++rank) {
    neighbours[cpus_near(slices[rank], host, usable)].push_back(rank);
  }
  std::vector<CpuShare> result(slices.size());
  for (const auto& [near, ranks] : neighbours) {
    auto shares = share_out(near, ranks.size(), machine);
    for (std::size_t i = 0; i < ranks.size(); ++i) result[ranks[i]] = std::move(shares[i]);
  }
  return result;
}

}  // namespace septet
