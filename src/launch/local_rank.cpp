// SPDX-License-Identifier: Apache-2.0
#include "launch/local_rank.hpp"

#include "base/text.hpp"
#include <septet/error.hpp>

#include <array>
#include <vector>

namespace septet {
namespace {

/// How one launcher tells its ranks who they are.
struct Launcher {
  std::string_view rank;
  std::string_view size;
  std::string_view global_rank;
  std::string_view global_size;
  std::array<std::string_view, 2> job;
};

constexpr std::string_view slurm_rank = "SLURM_LOCALID";
constexpr std::string_view torch_rank = "LOCAL_RANK";

// An MPI launcher stands before Slurm: mpirun inside an allocation is the nearer one.
constexpr std::array launchers{
    Launcher{"OMPI_COMM_WORLD_LOCAL_RANK",
             "OMPI_COMM_WORLD_LOCAL_SIZE",
             "OMPI_COMM_WORLD_RANK",
             "OMPI_COMM_WORLD_SIZE",
             {"PMIX_NAMESPACE", "OMPI_MCA_ess_base_jobid"}},
    Launcher{"MPI_LOCALRANKID", "MPI_LOCALNRANKS", "PMI_RANK", "PMI_SIZE", {}},
    Launcher{slurm_rank,
             "SLURM_STEP_TASKS_PER_NODE",
             "SLURM_PROCID",
             "SLURM_STEP_NUM_TASKS",
             {"SLURM_JOB_ID", "SLURM_STEP_ID"}},
    Launcher{"MV2_COMM_WORLD_LOCAL_RANK",
             "MV2_COMM_WORLD_LOCAL_SIZE",
             "MV2_COMM_WORLD_RANK",
             "MV2_COMM_WORLD_SIZE",
             {}},
    Launcher{torch_rank, "LOCAL_WORLD_SIZE", "RANK", "WORLD_SIZE", {"TORCHELASTIC_RUN_ID", ""}},
};

/// A batch script has Slurm's variables too, but is no step; and septet run sets torchrun's.
bool is_in_use(const Launcher& launcher, const Environment& environment) {
  if (environment.get_or(launcher.rank, "").empty()) return false;
  if (launcher.rank == slurm_rank) return environment.get("SLURM_STEP_ID").has_value();
  if (launcher.rank == torch_rank) {
    return environment.get("TORCHELASTIC_RUN_ID") != environment.get("SEPTET_LEASE") ||
           !environment.get("SEPTET_LEASE");
  }
  return true;
}

[[noreturn]] void refuse(const Environment& environment, std::string_view name,
                         const std::string& why) {
  throw Error(ErrorKind::argument, std::string(name) + "=" + environment.get_or(name, "") + " " +
                                       why + ": start septet bind under mpirun, srun or torchrun");
}

int number_in(const Environment& environment, std::string_view name) {
  const auto number = parse_number<int>(environment.get_or(name, ""));
  if (!number || *number < 0) refuse(environment, name, "is no number");
  return *number;
}

int size_of(const Launcher& launcher, const Environment& environment) {
  if (launcher.rank != slurm_rank) return number_in(environment, launcher.size);
  const auto node = parse_number<int>(environment.get_or("SLURM_NODEID", "0")).value_or(0);
  const auto tasks = slurm_tasks_on(environment.get_or(launcher.size, ""), node);
  if (!tasks) refuse(environment, launcher.size, "does not tell the tasks on this node");
  return *tasks;
}

std::string job_of(const Launcher& launcher, const Environment& environment) {
  std::vector<std::string> words;
  for (const auto name : launcher.job) {
    if (const auto value = environment.get(name)) words.push_back(*value);
  }
  return join(words, ".");
}

}  // namespace

std::optional<LocalRank> local_rank(const Environment& environment) {
  for (const auto& launcher : launchers) {
    if (!is_in_use(launcher, environment)) continue;
    LocalRank result{.rank = number_in(environment, launcher.rank),
                     .size = size_of(launcher, environment),
                     .job = job_of(launcher, environment),
                     .variable = std::string(launcher.rank),
                     .global_rank = environment.get_or(launcher.global_rank, ""),
                     .global_size = environment.get_or(launcher.global_size, "")};
    if (result.rank >= result.size) refuse(environment, launcher.size, "is too small for the rank");
    return result;
  }
  return {};
}

std::optional<int> slurm_tasks_on(std::string_view tasks_per_node, int node) {
  for (const auto part : split(tasks_per_node, ',')) {
    const auto bracket = part.find("(x");
    const auto tasks = parse_number<int>(part.substr(0, bracket));
    if (!tasks || *tasks < 1) return {};
    int nodes = 1;
    if (bracket != std::string_view::npos) {
      const auto repeats = part.substr(bracket + 2);
      const auto count = parse_number<int>(repeats.substr(0, repeats.size() - 1));
      if (!repeats.ends_with(')') || !count || *count < 1) return {};
      nodes = *count;
    }
    if (node < nodes) return tasks;
    node -= nodes;
  }
  return {};
}

}  // namespace septet
