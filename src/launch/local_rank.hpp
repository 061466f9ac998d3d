// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/environment.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace septet {

/// Which of the processes that a launcher of ranks (mpirun, srun, torchrun) started on this host
/// this one is.
struct LocalRank {
  int rank = 0;
  int size = 1;             ///< So many are on this host.
  std::string job;          ///< What the ranks of one job have in common; empty where untold.
  std::string variable;     ///< The variable that told the rank.
  std::string global_rank;  ///< Among all hosts; empty where untold.
  std::string global_size;

  bool operator==(const LocalRank&) const = default;
};

/// What the launcher nearest to this process says: Open MPI, MPICH and Intel MPI, a Slurm step,
/// MVAPICH or torchrun, in this order; nothing under none of them. The variables that septet run
/// sets are none of theirs. Source: docs/ranks.md. Pure. Throws Error `argument` when a variable is
/// no number, or the size of the group is missing or too small for the rank.
[[nodiscard]] std::optional<LocalRank> local_rank(const Environment& environment);

/// The tasks on node `node` in Slurm's spelling: "4", "2(x3),1". Nothing if it does not say.
[[nodiscard]] std::optional<int> slurm_tasks_on(std::string_view tasks_per_node, int node);

}  // namespace septet
