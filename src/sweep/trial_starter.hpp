// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sweep/command.hpp"
#include "sweep/crew.hpp"
#include "sweep/event.hpp"
#include <septet/launch.hpp>
#include <septet/sweep.hpp>
#include <septet/token.hpp>

#include <sys/types.h>

#include <csignal>
#include <string>
#include <vector>

namespace septet {

/// Makes processes of trials: their folder, what they are told, their warden.
class TrialStarter {
 public:
  /// `base` is what all trials have in common, `signal_mask` what they begin with.
  TrialStarter(const Sweep& sweep, const CommandTemplate& command, Job base,
               const sigset_t& signal_mask);

  /// Puts a trial into `slot`, its folder new, and returns the line for the journal. Nothing runs.
  StartEvent prepare(Slot& slot, const Work& work, Parameters parameters) const;

  /// Starts what was prepared in `slot`.
  void start(Slot& slot) const;

  /// Starts `command` on the slice of `slot`, writing where this process does. Its warden.
  [[nodiscard]] pid_t start_beside(const Slot& slot, const std::vector<std::string>& command) const;

 private:
  [[nodiscard]] Job job_of(const Slot& slot) const;
  [[nodiscard]] Environment environment_of(const Slot& slot) const;
  [[nodiscard]] pid_t start_in(const Slot& slot, const Job& job, const TrialFiles& files) const;

  const Sweep& sweep_;
  const CommandTemplate& command_;
  Job base_;
  sigset_t signal_mask_;
  Token token_ = random_token();  ///< Of the members of an ensemble.
};

}  // namespace septet
