// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sweep/trial.hpp"
#include <septet/launch.hpp>
#include <septet/lease.hpp>

#include <sys/types.h>

#include <csignal>
#include <vector>

namespace septet {

/// A process of its own for each trial that runs, so that a trial is one thing to stop and to wait
/// for, whatever it starts: it takes in the trial's orphans (subreaper), ends all of them when the
/// trial has ended, and dies with its parent, taking them along.
struct Warden {
  const Job& job;      ///< Command, environment and grace time of the trial.
  const Lease& lease;  ///< Of its one slice; the only descriptors that the trial inherits.
  TrialFiles files;    ///< Its streams go here; with no folder they stay this process's own.
  std::vector<int> cpus;
  sigset_t signal_mask{};  ///< Of the trial.
};

/// Starts it and returns its pid. It ends with the trial's own status, 128+n after a signal, and
/// 127 when the command is not found, which is told on the trial's stderr. TERM to it ends the
/// trial: TERM, then KILL after the grace time. Requires: the main thread. Throws Error `system`.
[[nodiscard]] pid_t start_warden(const Warden& warden);

/// Own exit status, or 128+n after signal n.
[[nodiscard]] int status_of(int wait_status);

/// Kills what a killed warden could not: everything below this process that is below none of
/// `wardens`, again until nothing is left, for a few seconds at most.
void kill_orphans(const std::vector<pid_t>& wardens);

}  // namespace septet
