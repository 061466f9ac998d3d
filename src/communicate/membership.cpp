// SPDX-License-Identifier: Apache-2.0
#include "communicate/membership.hpp"

#include "base/starter.hpp"
#include "base/text.hpp"
#include "base/this_host.hpp"
#include <septet/error.hpp>

#include <unistd.h>

#include <array>
#include <atomic>
#include <string>
#include <string_view>
#include <vector>

namespace septet {
namespace {

/// How one launcher tells its ranks who they are: names of variables, empty where it has none.
struct Launcher {
  std::string_view program;
  std::string_view mark;  ///< Set by this launcher alone; there, it is the one.
  std::string_view rank;
  std::string_view size;
  std::string_view size_here;  ///< The ranks on this host.
  std::string_view nodes;
  std::array<std::string_view, 4> job;  ///< What the ranks of one job share; none: their starter.
};

// The nearer one first. septet run hides an mpirun or torchrun that is farther out.
constexpr std::array launchers{
    Launcher{"mpirun",
             "OMPI_COMM_WORLD_RANK",
             "OMPI_COMM_WORLD_RANK",
             "OMPI_COMM_WORLD_SIZE",
             "OMPI_COMM_WORLD_LOCAL_SIZE",
             {},
             {"PMIX_NAMESPACE", "OMPI_MCA_ess_base_jobid"}},
    Launcher{"mpiexec", "MPI_LOCALRANKID", "PMI_RANK", "PMI_SIZE", "MPI_LOCALNRANKS", {}, {}},
    Launcher{"mpirun_rsh",
             "MV2_COMM_WORLD_RANK",
             "MV2_COMM_WORLD_RANK",
             "MV2_COMM_WORLD_SIZE",
             "MV2_COMM_WORLD_LOCAL_SIZE",
             {},
             {}},
    Launcher{"torchrun",
             "MASTER_PORT",
             "RANK",
             "WORLD_SIZE",
             "LOCAL_WORLD_SIZE",
             {},
             {"TORCHELASTIC_RUN_ID", "MASTER_ADDR", "MASTER_PORT", "TORCHELASTIC_RESTART_COUNT"}},
    Launcher{"septet run", "SEPTET_TOKEN", "SEPTET_RANK", "SEPTET_WORLD_SIZE", {}, {}, {}},
    Launcher{"srun",
             "SLURM_STEP_ID",
             "SLURM_PROCID",
             "SLURM_STEP_NUM_TASKS",
             {},
             "SLURM_STEP_NUM_NODES",
             {"SLURM_JOB_ID", "SLURM_STEP_ID"}},
};

bool is_set(const Environment& environment, std::string_view name) {
  return !environment.get_or(name, "").empty();
}

/// septet run sets torchrun's variables too, with the lease for the id of the run.
bool is_of_septet_run(const Environment& environment) {
  return is_set(environment, "SEPTET_TOKEN") &&
         environment.get("TORCHELASTIC_RUN_ID") == environment.get("SEPTET_LEASE");
}

const Launcher* launcher_in(const Environment& environment) {
  for (const auto& launcher : launchers) {
    if (!is_set(environment, launcher.mark) || !is_set(environment, launcher.rank)) continue;
    if (launcher.program == "torchrun" && is_of_septet_run(environment)) continue;
    return &launcher;
  }
  return nullptr;
}

int number_in(const Environment& environment, std::string_view name, int least) {
  const auto text = environment.get_or(name, "");
  const auto number = parse_number<int>(text);
  if (number && *number >= least) return *number;
  throw Error(ErrorKind::argument, std::string(name) + "=" + text +
                                       ": a launcher of ranks sets a number there, from " +
                                       std::to_string(least));
}

/// Nothing where the launcher does not say it.
std::optional<int> number_if_set(const Environment& environment, std::string_view name) {
  if (name.empty() || !is_set(environment, name)) return {};
  return number_in(environment, name, 1);
}

[[noreturn]] void refuse_several_hosts(const Launcher& launcher, const std::string& how) {
  throw Error(ErrorKind::usage,
              std::string(launcher.program) + " has put the ranks on several hosts (" + how +
                  "): a communicator joins the ranks of one host; make one for each host, by a "
                  "token made there, and go between hosts with MPI");
}

void require_one_host(const Launcher& launcher, const Environment& environment, int size) {
  const auto here = number_if_set(environment, launcher.size_here);
  if (here && *here < size) {
    refuse_several_hosts(launcher,
                         std::to_string(*here) + " of " + std::to_string(size) + " are here");
  }
  const auto nodes = number_if_set(environment, launcher.nodes);
  if (nodes && *nodes > 1) {
    refuse_several_hosts(launcher, std::string(launcher.nodes) + "=" + std::to_string(*nodes));
  }
}

/// What the ranks of this job have in common, and other jobs of this user on this host have not.
std::string job_of(const Launcher& launcher, const Environment& environment) {
  std::vector<std::string> words{std::string(launcher.program), std::to_string(::geteuid())};
  bool named = false;
  for (const auto name : launcher.job) {
    const auto value = name.empty() ? std::nullopt : environment.get(name);
    named = named || value;
    words.push_back(value.value_or(""));
  }
  if (!named) words.push_back(name_of_starter(launcher.rank));
  return join(words, "\n");
}

Token token_in(const Launcher& launcher, const Environment& environment) {
  if (launcher.mark == "SEPTET_TOKEN") return token_of(environment.get_or(launcher.mark, ""));
  return derived_token({.host = this_host()}, job_of(launcher, environment), 0);
}

}  // namespace

std::optional<Membership> find_membership(const Environment& environment, std::uint64_t number) {
  const auto* const launcher = launcher_in(environment);
  if (launcher == nullptr) return {};
  Membership membership;
  membership.ranks = number_in(environment, launcher->size, 1);
  membership.rank = number_in(environment, launcher->rank, 0);
  require_one_host(*launcher, environment, membership.ranks);
  membership.token = derived_token(token_in(*launcher, environment), "environment", number);
  membership.slice = environment.get_or("SEPTET_SLICE", "");
  return membership;
}

Membership membership_from_environment() {
  // Of this process: what tells its first communicator from its second.
  static std::atomic<std::uint64_t> meetings{0};
  const auto membership = find_membership(Environment::current(), meetings.fetch_add(1));
  if (membership) return *membership;
  throw Error(ErrorKind::usage,
              "no launcher of ranks in the environment: start this with septet run -n N -- "
              "(SEPTET_RANK, SEPTET_WORLD_SIZE, SEPTET_TOKEN), mpirun, srun or torchrun, or give "
              "rank, size and token yourself");
}

}  // namespace septet
