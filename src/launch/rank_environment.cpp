// SPDX-License-Identifier: Apache-2.0
#include "launch/rank_environment.hpp"

#include "base/text.hpp"
#include "launch/collectives_environment.hpp"
#include "launch/device_environment.hpp"

#include <algorithm>
#include <array>

namespace septet {
namespace {

using Variables = Environment::Variables;

void set_all(Environment& environment, const Variables& variables) {
  for (const auto& [name, value] : variables) environment.set(name, value);
}

void set_unless_there(Environment& environment, std::string_view name, std::string_view value) {
  if (!environment.get(name)) environment.set(name, value);
}

/// One node with `size` processes, each of which sees one device: its local rank as a device
/// number is 0. torchrun's own name for it is --virtual-local-rank.
Variables one_node(const std::string& rank, const std::string& size) {
  return {{"LOCAL_WORLD_SIZE", size}, {"GROUP_RANK", "0"},       {"NODE_RANK", "0"},
          {"GROUP_WORLD_SIZE", "1"},  {"ROLE_WORLD_SIZE", size}, {"ROLE_RANK", rank}};
}

/// As many nodes as slices, with one process each.
Variables node_for_each(const std::string& rank, const std::string& size) {
  return {{"LOCAL_WORLD_SIZE", "1"},  {"GROUP_RANK", rank},      {"NODE_RANK", rank},
          {"GROUP_WORLD_SIZE", size}, {"ROLE_WORLD_SIZE", size}, {"ROLE_RANK", rank}};
}

/// By which the ranks of mpirun know who they are: Open MPI, MPICH and Intel MPI, MVAPICH.
constexpr std::array<std::string_view, 12> variables_of_mpi{"OMPI_COMM_WORLD_RANK",
                                                            "OMPI_COMM_WORLD_SIZE",
                                                            "OMPI_COMM_WORLD_LOCAL_RANK",
                                                            "OMPI_COMM_WORLD_LOCAL_SIZE",
                                                            "PMI_RANK",
                                                            "PMI_SIZE",
                                                            "MPI_LOCALRANKID",
                                                            "MPI_LOCALNRANKS",
                                                            "MV2_COMM_WORLD_RANK",
                                                            "MV2_COMM_WORLD_SIZE",
                                                            "MV2_COMM_WORLD_LOCAL_RANK",
                                                            "MV2_COMM_WORLD_LOCAL_SIZE"};

std::vector<std::string> uuids_of(const std::vector<Slice>& slices) {
  std::vector<std::string> names;
  for (const auto& slice : slices) names.push_back(slice.uuid);
  return names;
}

std::uint64_t smallest_memory(const std::vector<Slice>& slices) {
  return std::ranges::min(slices, {}, &Slice::memory_bytes).memory_bytes;
}

/// By which Septet's own communicators know each other. A rank here is not the rank of an mpirun
/// further out.
void set_own_rank(Environment& environment, int rank, int size, const std::string& token) {
  const auto own = std::to_string(rank);
  set_all(environment, {{"SEPTET_RANK", own},
                        {"SEPTET_WORLD_SIZE", std::to_string(size)},
                        {"SEPTET_LOCAL_RANK", own},
                        {"SEPTET_TOKEN", token}});
  for (const auto name : variables_of_mpi) environment.unset(name);
}

void set_rank(Environment& environment, const RankGroup& group, int rank) {
  const auto own = std::to_string(rank);
  const auto size = std::to_string(group.size);
  set_all(environment,
          group.style == RankStyle::local ? one_node(own, size) : node_for_each(own, size));
  set_all(environment, {{"RANK", own},
                        {"LOCAL_RANK", "0"},
                        {"WORLD_SIZE", size},
                        {"ROLE_NAME", "default"},
                        {"MASTER_ADDR", "127.0.0.1"},
                        {"MASTER_PORT", std::to_string(group.port)},
                        {"TORCHELASTIC_RUN_ID", group.run_id},
                        {"TORCHELASTIC_RESTART_COUNT", std::to_string(group.restart)},
                        {"TORCHELASTIC_MAX_RESTARTS", std::to_string(group.max_restarts)},
                        // Rank 0 is to open the store itself: no agent has one.
                        {"TORCHELASTIC_USE_AGENT_STORE", "False"}});
  set_own_rank(environment, rank, group.size, group.token);
  set_unless_there(environment, "TORCH_NCCL_ASYNC_ERROR_HANDLING", "1");
}

void set_slices(Environment& environment, const LeaseRecord& lease,
                const std::vector<Slice>& slices, const Job& job) {
  const auto& first = slices.front();
  set_all(environment, device_environment(slices, job.lease_folder));
  set_all(environment, {{"CUDA_DEVICE_ORDER", "PCI_BUS_ID"},
                        {"SEPTET_LEASE", lease.id},
                        {"SEPTET_DEVICES", job.devices},
                        {"SEPTET_SLICE", first.uuid},
                        {"SEPTET_SLICES", join(uuids_of(slices), ",")},
                        {"SEPTET_SLICE_PROFILE", first.profile},
                        {"SEPTET_SLICE_MEMORY", std::to_string(smallest_memory(slices))}});
  set_collectives(environment, job.collectives, lease.slices);
}

}  // namespace

Environment companion_environment(Environment environment, int rank, int size,
                                  const std::string& token) {
  set_own_rank(environment, rank, size, token);
  for (const auto* name : {"RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT"}) {
    environment.unset(name);
  }
  return environment;
}

std::vector<Slice> slices_of_rank(const Job& job, const LeaseRecord& lease, int rank) {
  if (job.one_process) return lease.slices;
  return {lease.slices[static_cast<std::size_t>(rank)]};
}

Environment rank_environment(const Job& job, const LeaseRecord& lease, const RankGroup& group,
                             int rank) {
  auto environment = job.environment;
  set_slices(environment, lease, slices_of_rank(job, lease, rank), job);
  set_rank(environment, group, rank);
  return environment;
}

Environment holder_environment(const Job& job, const LeaseRecord& lease) {
  return member_environment(job, lease, lease.slices);
}

Environment member_environment(const Job& job, const LeaseRecord& lease,
                               const std::vector<Slice>& slices) {
  auto environment = job.environment;
  set_slices(environment, lease, slices, job);
  return environment;
}

}  // namespace septet
