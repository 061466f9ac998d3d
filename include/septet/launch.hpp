// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/environment.hpp>
#include <septet/lease.hpp>

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace septet {

/// The two consistent ways to tell ranks who they are (docs/ranks.md).
enum class RankStyle {
  local,  ///< LOCAL_RANK=0, LOCAL_WORLD_SIZE=N: one device visible, N ranks on this node.
  node,   ///< Each slice is a node of its own: LOCAL_WORLD_SIZE=1, GROUP_RANK=RANK.
};

/// One command, to run once on each slice of a lease.
struct Job {
  std::vector<std::string> command;  ///< argv; found along the PATH of `environment`.
  Environment environment;           ///< What the ranks start from; rank variables go on top.
  RankStyle ranks = RankStyle::local;
  bool tag = false;                                 ///< Prefix each line with "[rank] ".
  std::optional<std::filesystem::path> log_folder;  ///< Also write rank-R.out and rank-R.err here.
  int max_restarts = 0;                             ///< Restart all ranks after a failure.
  std::optional<std::chrono::milliseconds> timeout;
  std::chrono::milliseconds grace{10'000};  ///< From TERM to KILL.
  bool bind_cpus = true;                    ///< To the CPUs near each slice.
};

/// How one rank ended.
struct RankExit {
  int rank = 0;
  pid_t pid = 0;
  std::string slice;                    ///< Its uuid.
  int status = 0;                       ///< Own exit status, or 128+n after signal n.
  std::vector<std::string> last_lines;  ///< The end of what it wrote to stderr, else stdout.
};

/// How a launched job ended. A failing rank is an outcome, not an Error.
struct ExitReport {
  int status = 0;               ///< 0, the first failure's status, 124 time limit, 128+n stopped.
  std::vector<RankExit> ranks;  ///< By rank, of the last attempt.
  std::optional<int> first_failure;  ///< The rank that failed first in time.
  bool timed_out = false;
  int stopped_by = 0;  ///< The signal that was sent to the launcher, or 0.
  int restarts = 0;
};

/// Runs `job` on every slice of `lease` and waits for the end of all ranks.
///
/// Blocks. Forwards INT, TERM, HUP, QUIT, USR1 and USR2; the first four end the job: TERM, then
/// KILL after `job.grace`. Nothing that a rank started is alive when it returns, nor a second
/// after this process was killed. Call from the main thread, with no other threads. Throws Error
/// `argument` when the command is not found, `system` when it cannot be started.
[[nodiscard]] ExitReport launch(const Lease& lease, const Job& job);

}  // namespace septet
