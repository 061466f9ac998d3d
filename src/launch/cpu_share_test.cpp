// SPDX-License-Identifier: Apache-2.0
#include "launch/cpu_share.hpp"

#include <septet/error.hpp>

#include <gtest/gtest.h>
#include <sched.h>

#include <set>

namespace septet {
namespace {

/// Two nodes of four cores with two threads each: CPUs 0 to 7 and 8 to 15.
CpuTopology two_nodes() { return CpuTopology::synthetic("node:2 core:4 pu:2"); }

std::vector<int> range(int first, int last) {
  std::vector<int> cpus;
  for (int cpu = first; cpu <= last; ++cpu) cpus.push_back(cpu);
  return cpus;
}

/// A host whose GPU number i is near `near[i]`.
Host host_near(const std::vector<std::vector<int>>& near) {
  Host host;
  for (const auto& cpus : near) {
    Gpu gpu;
    gpu.uuid = "GPU-" + std::to_string(host.gpus.size());
    gpu.cpus = cpus;
    host.gpus.push_back(gpu);
  }
  return host;
}

std::vector<Slice> slices_on(const std::vector<int>& gpus) {
  std::vector<Slice> slices;
  for (const int gpu : gpus) {
    slices.emplace_back();
    slices.back().gpu_uuid = "GPU-" + std::to_string(gpu);
  }
  return slices;
}

TEST(CpuShare, RanksOfOneGpuShareTheCpusNearIt) {
  const auto shares =
      share_cpus(slices_on({1, 1}), host_near({range(0, 7), range(8, 15)}), two_nodes());
  ASSERT_EQ(shares.size(), 2U);
  EXPECT_EQ(shares[0], (CpuShare{.cpus = range(8, 11), .cores = 2}));
  EXPECT_EQ(shares[1], (CpuShare{.cpus = range(12, 15), .cores = 2}));
}

TEST(CpuShare, RanksOfTwoGpusOnOneNodeShareItTogether) {
  const auto shares =
      share_cpus(slices_on({0, 1, 0, 1}), host_near({range(0, 7), range(0, 7)}), two_nodes());
  std::set<int> all;
  for (const auto& share : shares) {
    EXPECT_EQ(share.cores, 1);
    all.insert(share.cpus.begin(), share.cpus.end());
  }
  EXPECT_EQ(all.size(), 8U);
}

TEST(CpuShare, ThreadsOfOneCoreStayTogether) {
  const auto shares = share_cpus(slices_on({0, 0, 0}), host_near({range(0, 7)}), two_nodes());
  for (const auto& share : shares) {
    for (const int cpu : share.cpus) {
      EXPECT_EQ(std::count(share.cpus.begin(), share.cpus.end(), cpu ^ 1), 1);
    }
  }
}

TEST(CpuShare, FewerCoresThanRanksAreSharedByAll) {
  const auto shares =
      share_cpus(slices_on({0, 0, 0, 0, 0, 0, 0}), host_near({range(0, 3)}), two_nodes());
  for (const auto& share : shares) {
    EXPECT_EQ(share, (CpuShare{.cpus = range(0, 3), .cores = 1}));
  }
}

TEST(CpuShare, GpuWithUnknownOrForeignCpusIsNearToAll) {
  for (const auto& near : {std::vector<int>(), range(100, 107)}) {
    const auto shares = share_cpus(slices_on({0}), host_near({near}), two_nodes());
    EXPECT_EQ(shares.front(), (CpuShare{.cpus = range(0, 15), .cores = 8}));
  }
}

TEST(CpuTopology, OfThisProcessIsWhatItMayUse) {
  cpu_set_t allowed;
  ASSERT_EQ(::sched_getaffinity(0, sizeof allowed, &allowed), 0);
  const auto cpus = CpuTopology::of_this_process().cpus();
  EXPECT_EQ(static_cast<int>(cpus.size()), CPU_COUNT(&allowed));
  for (const int cpu : cpus) EXPECT_TRUE(CPU_ISSET(static_cast<std::size_t>(cpu), &allowed));
}

TEST(CpuTopology, RefusesNonsense) {
  EXPECT_THROW(static_cast<void>(CpuTopology::synthetic("nonsense")), Error);
}

}  // namespace
}  // namespace septet
