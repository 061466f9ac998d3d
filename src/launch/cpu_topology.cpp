// SPDX-License-Identifier: Apache-2.0
#include "launch/cpu_topology.hpp"

#include "base/errno.hpp"

#include <hwloc.h>

#include <climits>
#include <memory>

namespace septet {
namespace {

struct FreeBitmap {
  void operator()(hwloc_bitmap_t bitmap) const noexcept { hwloc_bitmap_free(bitmap); }
};
using Bitmap = std::unique_ptr<hwloc_bitmap_s, FreeBitmap>;

Bitmap bitmap_of(const std::vector<int>& cpus) {
  Bitmap bitmap(hwloc_bitmap_alloc());
  for (const int cpu : cpus) hwloc_bitmap_set(bitmap.get(), static_cast<unsigned>(cpu));
  return bitmap;
}

std::vector<int> list_of(hwloc_const_bitmap_t bitmap) {
  std::vector<int> cpus;
  for (int cpu = hwloc_bitmap_first(bitmap); cpu >= 0; cpu = hwloc_bitmap_next(bitmap, cpu)) {
    cpus.push_back(cpu);
  }
  return cpus;
}

/// Leaves only what `cpus` covers.
void restrict_to(hwloc_topology_t topology, hwloc_const_bitmap_t cpus) {
  check(hwloc_topology_restrict(topology, cpus, 0), "restrict the CPU topology");
}

}  // namespace

void CpuTopology::Destroy::operator()(hwloc_topology* topology) const noexcept {
  hwloc_topology_destroy(topology);
}

CpuTopology::Handle CpuTopology::make() {
  hwloc_topology_t raw = nullptr;
  check(hwloc_topology_init(&raw), "make a CPU topology");
  Handle topology(raw);
  // Packages, NUMA nodes and cores are all that is asked about; the rest costs milliseconds.
  hwloc_topology_set_all_types_filter(raw, HWLOC_TYPE_FILTER_KEEP_NONE);
  for (const auto type : {HWLOC_OBJ_PACKAGE, HWLOC_OBJ_CORE}) {
    hwloc_topology_set_type_filter(raw, type, HWLOC_TYPE_FILTER_KEEP_ALL);
  }
  // This one visits every CPU to ask it about itself: too slow, and Linux told it all before.
  hwloc_topology_set_components(raw, HWLOC_TOPOLOGY_COMPONENTS_FLAG_BLACKLIST, "x86");
  return topology;
}

CpuTopology CpuTopology::of_this_process() {
  auto topology = make();
  check(hwloc_topology_load(topology.get()), "read the CPU topology");
  const Bitmap allowed(hwloc_bitmap_alloc());
  check(hwloc_get_cpubind(topology.get(), allowed.get(), HWLOC_CPUBIND_PROCESS),
        "read the CPUs that this process may use");
  restrict_to(topology.get(), allowed.get());
  return CpuTopology(std::move(topology));
}

CpuTopology CpuTopology::synthetic(const std::string& description) {
  auto topology = make();
  if (hwloc_topology_set_synthetic(topology.get(), description.c_str()) != 0) {
    throw Error(ErrorKind::argument, "\"" + description + "\" is no topology in hwloc's words");
  }
  check(hwloc_topology_load(topology.get()), "make the topology " + description);
  return CpuTopology(std::move(topology));
}

std::vector<int> CpuTopology::cpus() const {
  return list_of(hwloc_topology_get_topology_cpuset(topology_.get()));
}

int CpuTopology::cores_of(const std::vector<int>& cpus) const {
  const auto wanted = bitmap_of(cpus);
  int cores = 0;
  hwloc_obj_t core = nullptr;
  while ((core = hwloc_get_next_obj_by_type(topology_.get(), HWLOC_OBJ_CORE, core)) != nullptr) {
    if (hwloc_bitmap_intersects(core->cpuset, wanted.get()) != 0) ++cores;
  }
  // Some virtual machines tell nothing of cores.
  return cores > 0 ? cores : static_cast<int>(cpus.size());
}

std::vector<std::vector<int>> CpuTopology::share_out(const std::vector<int>& cpus,
                                                     int parts) const {
  hwloc_topology_t raw = nullptr;
  check(hwloc_topology_dup(&raw, topology_.get()), "copy the CPU topology");
  const Handle near(raw);
  restrict_to(raw, bitmap_of(cpus).get());
  std::vector<hwloc_cpuset_t> sets(static_cast<std::size_t>(parts));
  auto* root = hwloc_get_root_obj(raw);
  check(hwloc_distrib(raw, &root, 1, sets.data(), static_cast<unsigned>(parts), INT_MAX, 0),
        "share out the CPUs");
  std::vector<std::vector<int>> shares;
  for (const auto set : sets) shares.push_back(list_of(Bitmap(set).get()));
  return shares;
}

}  // namespace septet
