// SPDX-License-Identifier: Apache-2.0
#include "base/errno.hpp"
#include "base/file.hpp"
#include "sweep/command.hpp"
#include "sweep/journal.hpp"
#include "sweep/optuna_study.hpp"
#include "sweep/results.hpp"
#include "sweep/runner.hpp"
#include "sweep/trial.hpp"
#include <septet/error.hpp>
#include <septet/sweep.hpp>

#include <sys/prctl.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <system_error>
#include <utility>

namespace septet {
namespace {

constexpr int most_told_failures = 100;  // As GNU parallel exits.

/// In place of values that are not known yet.
Parameters places_of(const Space& space) {
  Parameters places;
  for (const auto& name : names_of(space)) places.push_back({name, "{" + name + "}"});
  return places;
}

[[noreturn]] void refuse(const std::string& message) { throw Error(ErrorKind::usage, message); }

void check_journal(const Sweep& sweep, const History& history) {
  if (!history.sweep) return;
  const auto folder = sweep.folder.string();
  if (sweep.resume == Resume::no) {
    refuse("there is a sweep in " + folder +
           ": --resume runs what is missing there, --resume-failed what failed, and another "
           "--folder starts a new one");
  }
  const bool same =
      history.sweep->command == sweep.command && history.sweep->space == digest_of(sweep.space);
  if (same || sweep.allow_change) return;
  const bool same_command = history.sweep->command == sweep.command;
  refuse("the sweep in " + folder + " had " +
         (same_command ? "other parameters" : "another command") +
         ": give the same to resume it, or --allow-change to go on with this");
}

SweepEvent event_of(const Sweep& sweep) {
  return {.command = sweep.command,
          .space = digest_of(sweep.space),
          .trials = size_of(sweep.space),
          .seed = sweep.space.seed,
          .at = seconds_now()};
}

/// What all trials have in common. Its grace is from TERM to KILL of one trial.
Job base_job(const Sweep& sweep, const LeaseFolder& folder) {
  Job job;
  job.command = {};
  job.environment = sweep.environment;
  job.environment.set("SEPTET_SWEEP", sweep.folder.string());
  job.devices = sweep.devices;
  job.lease_folder = std::filesystem::absolute(folder.path());
  job.collectives = sweep.collectives;
  job.one_process = true;
  job.grace = std::min(sweep.grace, std::chrono::milliseconds(5'000));
  return job;
}

int status_of(const SweepReport& report) {
  if (report.stopped_by != 0) return 128 + report.stopped_by;
  if (report.failed > 0) return std::min(report.failed, most_told_failures + 1);
  return report.combined;
}

/// One call of run_sweep.
class Session {
 public:
  Session(const Sweep& sweep, const LeaseFolder& folder, Driver& driver, SweepWatcher& watcher)
      : sweep_(sweep),
        folder_(folder),
        driver_(driver),
        watcher_(watcher),
        command_(sweep.command, names_of(sweep.space)),
        journal_(sweep.folder / "journal.jsonl") {
    check_journal(sweep_, journal_.history());
    if (sweep_.search) study_.emplace(sweep_);
  }

  SweepReport run(const Grant& grant) {
    auto work = work_left(sweep_.space, journal_.history(), sweep_.resume);
    if (!work.empty()) {
      run(std::move(work), grant);
    } else if (study_) {
      study_->join(earlier_results());  // A kill may have come between the journal and the study.
    }
    write_results(sweep_);
    if (study_ && study_->fault()) throw Error(*study_->fault());
    const auto& history = journal_.history();
    report_.trials = static_cast<int>(size_of(sweep_.space));
    report_.done = history.done;
    report_.failed = history.failed;
    report_.left = report_.trials - history.done - history.failed;
    report_.status = status_of(report_);
    return report_;
  }

 private:
  void run(std::vector<Work> work, const Grant& grant) {
    const auto slots = static_cast<std::size_t>(sweep_.per_slice);
    const auto useful = static_cast<int>((work.size() + slots - 1) / slots);
    auto request = sweep_.request;
    if (request.named.empty()) request.slices = std::min(request.slices, useful);
    auto lease = grant(request);
    write_event();

    const auto command = lease.record().holder.command;  // Before the lease is given away.
    SlicePool pool({.folder = folder_,
                    .driver = driver_,
                    .environment = sweep_.environment,
                    .request = request,
                    .command = command},
                   std::move(lease));
    const auto before = earlier_results();
    if (study_) study_->join(before);
    Runner runner({.sweep = sweep_,
                   .command = command_,
                   .journal = journal_,
                   .study = study_ ? &*study_ : nullptr,
                   .watcher = watcher_},
                  base_job(sweep_, folder_),
                  Schedule(std::move(work), sweep_.retries, sweep_.retry_delay),
                  Crew(std::move(pool), sweep_.per_slice), before);
    runner.run();
    if (!sweep_.combine.empty() &&
        journal_.history().done == static_cast<int>(size_of(sweep_.space))) {
      report_.combined = runner.combine();
    }
    report_.stopped_by = runner.stopped_by();
    report_.halted = runner.halted();
  }

  /// What earlier runs came to, where that matters: it is all in memory then.
  [[nodiscard]] Results earlier_results() const {
    if (sweep_.ranking.metric.empty()) return {};
    const auto path = sweep_.folder / "journal.jsonl";
    return collect(read_file(path), path.string(), sweep_.ranking);
  }

  void write_event() {
    const auto event = event_of(sweep_);
    const auto& before = journal_.history().sweep;
    if (before && before->command == event.command && before->space == event.space) return;
    journal_.append(event);
    journal_.commit();
  }

  const Sweep& sweep_;
  const LeaseFolder& folder_;
  Driver& driver_;
  SweepWatcher& watcher_;
  CommandTemplate command_;
  Journal journal_;
  std::optional<OptunaStudy> study_;
  SweepReport report_;
};

}  // namespace

void show_trials(const Sweep& sweep,
                 const std::function<void(int, const std::vector<std::string>&)>& on_trial) {
  check(sweep.space);
  const CommandTemplate command(sweep.command, names_of(sweep.space));
  const auto size = size_of(sweep.space);
  for (std::size_t index = 0; index < size; ++index) {
    const int trial = static_cast<int>(index) + 1;
    auto values = sweep.space.searched ? places_of(sweep.space) : parameters_of(sweep.space, index);
    values.push_back({"trial", std::to_string(trial)});
    values.push_back({"seed", std::to_string(seed_of(sweep.space, trial))});
    values.push_back({"folder", trial_folder(sweep.folder, trial).string()});
    for (const std::string name : {"slice", "slot"}) values.push_back({name, "{" + name + "}"});
    on_trial(trial, command.fill(values));
  }
}

SweepReport run_sweep(const Sweep& given, const LeaseFolder& folder, Driver& driver,
                      const Grant& grant, SweepWatcher& watcher) {
  check(given.space);
  if (given.search && (!given.space.searched || given.ranking.metric.empty())) {
    refuse("a search needs a metric, to know which values are good");
  }
  Sweep sweep = given;
  std::error_code failed;
  std::filesystem::create_directories(sweep.folder, failed);
  if (failed) throw_errno("make " + sweep.folder.string(), failed.value());
  sweep.folder = std::filesystem::canonical(sweep.folder);
  ::signal(SIGCHLD, SIG_DFL);  // Ignored, it would take the exit statuses away.
  check(::prctl(PR_SET_CHILD_SUBREAPER, 1), "PR_SET_CHILD_SUBREAPER");
  return Session(sweep, folder, driver, watcher).run(grant);
}

}  // namespace septet
