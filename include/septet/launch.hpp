// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/collectives.hpp>
#include <septet/environment.hpp>
#include <septet/host.hpp>
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

/// One command, to run once on each slice of a lease, or once for all of them.
struct Job {
  std::vector<std::string> command;  ///< argv; found along the PATH of `environment`.
  Environment environment;           ///< What the ranks start from; rank variables go on top.
  std::string devices = "auto";      ///< Where the slices come from; children read SEPTET_DEVICES.
  std::filesystem::path lease_folder;  ///< Where the lease is; daemons of stand-ins lie below.
  Collectives collectives = {};        ///< Which libnccl.so.2 the ranks get.
  bool one_process = false;            ///< One process that has every slice, and no rank.
  RankStyle ranks = RankStyle::local;
  bool tag = false;                                  ///< Prefix each line with "[rank] ".
  std::optional<std::filesystem::path> log_folder;   ///< Also write rank-R.out and rank-R.err here.
  int max_restarts = 0;                              ///< Restart all ranks after a failure.
  std::optional<std::chrono::milliseconds> timeout;  ///< For all attempts together.
  std::chrono::milliseconds grace{10'000};           ///< From TERM to KILL.
  bool bind_cpus = true;                             ///< To the CPUs near each slice.
  bool quiet = false;                                ///< No notes on stderr while it runs.
};

/// How one rank ended.
struct RankExit {
  int rank = 0;
  pid_t pid = 0;
  std::string slice;                    ///< Its uuid; of several, the first.
  int status = 0;                       ///< Own exit status, or 128+n after signal n.
  int signal = 0;                       ///< The signal that ended it, or 0.
  std::vector<std::string> last_lines;  ///< The end of what it wrote to stderr, else stdout;
                                        ///< empty when its streams were inherited.
};

/// How a launched job ended. A failing rank is an outcome, not an Error.
struct ExitReport {
  int status = 0;  ///< A single process's own; else 0, the first failure's status or 128+n when
                   ///< stopped by signal n. 124 at the time limit.
  std::vector<RankExit> ranks;       ///< By rank, of the last attempt.
  std::optional<int> first_failure;  ///< The rank that failed first in time, before any stop.
  bool timed_out = false;
  int stopped_by = 0;  ///< The signal that was sent to the launcher, or 0.
  int restarts = 0;
};

/// The file that `command` names along the PATH of `environment`. Throws Error `argument` when
/// there is none, or when it may not be executed.
[[nodiscard]] std::filesystem::path find_program(const std::string& command,
                                                 const Environment& environment);

/// Runs `job` on the slices of `lease` and waits for the end of all that it started.
///
/// `now` is the host as surveyed for this call: the leased slices are checked against it. Blocks.
/// Forwards INT, TERM, HUP, QUIT, USR1 and USR2; the first four end the job: TERM (INT stays INT),
/// then KILL after `job.grace`; a second INT kills at once. A single process without tag and log
/// shares this process's streams and terminal; several write whole lines.
/// Nothing that a rank started is alive when it returns, nor a second after this process was
/// killed; that holds for processes which left their rank's session too when run under guard().
/// Requires: the main thread, and a process without other children: they would be ended. Other
/// threads (NVML leaves one behind) must have all signals blocked, or they take those meant for it.
/// Throws Error `argument` when the command is not found, `device` when a slice is gone, `system`.
[[nodiscard]] ExitReport launch(const Lease& lease, const Host& now, const Job& job);

}  // namespace septet
