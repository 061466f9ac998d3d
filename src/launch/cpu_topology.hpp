// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

struct hwloc_topology;

namespace septet {

/// The CPUs and cores of a machine, as hwloc sees them. Const calls only: any thread.
class CpuTopology {
 public:
  /// This machine, as far as this process may use it. Throws Error `system`.
  [[nodiscard]] static CpuTopology of_this_process();

  /// A made-up machine in hwloc's words: "node:2 core:4 pu:2". Throws Error `argument`.
  [[nodiscard]] static CpuTopology synthetic(const std::string& description);

  /// All CPUs, ascending.
  [[nodiscard]] std::vector<int> cpus() const;

  /// How many cores the CPUs in `cpus` belong to.
  [[nodiscard]] int cores_of(const std::vector<int>& cpus) const;

  /// `cpus` cut into `parts` disjoint pieces of neighbouring cores, about equal, each ascending.
  /// Requires: some of `cpus` are of this machine, and `parts` is at most their cores_of.
  [[nodiscard]] std::vector<std::vector<int>> share_out(const std::vector<int>& cpus,
                                                        int parts) const;

 private:
  struct Destroy {
    void operator()(hwloc_topology* topology) const noexcept;
  };
  using Handle = std::unique_ptr<hwloc_topology, Destroy>;

  explicit CpuTopology(Handle topology) : topology_(std::move(topology)) {}

  [[nodiscard]] static Handle make();

  Handle topology_;
};

}  // namespace septet
