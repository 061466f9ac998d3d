// SPDX-License-Identifier: Apache-2.0
#include "sweep/trial_starter.hpp"

#include "launch/rank_environment.hpp"
#include "sweep/warden.hpp"

#include <chrono>
#include <utility>

namespace septet {

TrialStarter::TrialStarter(const Sweep& sweep, const CommandTemplate& command, Job base,
                           const sigset_t& signal_mask)
    : sweep_(sweep), command_(command), base_(std::move(base)), signal_mask_(signal_mask) {}

StartEvent TrialStarter::prepare(Slot& slot, const Work& work, Parameters parameters) const {
  const auto& slice = slot.lease->slices().front();
  Trial trial{.work = work,
              .slot = slot.number,
              .seed = seed_of(sweep_.space, work.trial),
              .parameters = std::move(parameters),
              .folder = trial_folder(sweep_.folder, work.trial)};
  prepare_folder(trial, slice, command_.fill(values_of(trial, slice)));
  StartEvent event{.trial = work.trial,
                   .attempt = work.attempt,
                   .slice = slice.uuid,
                   .position = position(slice),
                   .slot = slot.number,
                   .seed = trial.seed,
                   .parameters = trial.parameters,
                   .at = seconds_now()};
  const TrialFiles files{trial.folder};
  slot.running.emplace(Running{.trial = std::move(trial),
                               .pid = 0,
                               .started = std::chrono::steady_clock::now(),
                               .since = std::chrono::system_clock::now(),
                               .tail = MetricTail(files),
                               .metrics = {},
                               .fate = {}});
  return event;
}

void TrialStarter::start(Slot& slot) const {
  slot.running->pid = start_in(slot, job_of(slot), {slot.running->trial.folder});
}

pid_t TrialStarter::start_beside(const Slot& slot, const std::vector<std::string>& command) const {
  auto job = base_;
  job.command = command;
  job.environment = holder_environment(base_, slot.lease->record());
  return start_in(slot, job, {});
}

pid_t TrialStarter::start_in(const Slot& slot, const Job& job, const TrialFiles& files) const {
  return start_warden({.job = job,
                       .lease = *slot.lease,
                       .files = files,
                       .cpus = slot.share.cpus,
                       .signal_mask = signal_mask_});
}

Environment TrialStarter::environment_of(const Slot& slot) const {
  const auto& trial = slot.running->trial;
  auto environment = trial_environment(holder_environment(base_, slot.lease->record()), trial);
  if (!sweep_.ensemble) return environment;
  // Members that are tried again meet each other, not those who are left of the time before.
  const auto token =
      derived_token(token_, "attempt", static_cast<std::uint64_t>(trial.work.attempt));
  return companion_environment(std::move(environment), trial.work.trial - 1,
                               static_cast<int>(size_of(sweep_.space)), text_of(token));
}

Job TrialStarter::job_of(const Slot& slot) const {
  auto job = base_;
  const auto& trial = slot.running->trial;
  job.command = command_.fill(values_of(trial, slot.lease->slices().front()));
  job.environment = environment_of(slot);
  if (!job.environment.get("OMP_NUM_THREADS")) {
    job.environment.set("OMP_NUM_THREADS", std::to_string(slot.share.cores));
  }
  return job;
}

}  // namespace septet
