// SPDX-License-Identifier: Apache-2.0
#include "sweep/runner.hpp"

#include "launch/descendants.hpp"
#include "launch/poll_set.hpp"
#include "launch/rank_environment.hpp"
#include "sweep/warden.hpp"
#include <septet/error.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <system_error>
#include <utility>

namespace septet {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr auto tick_every = 1s;

/// A survey younger than this serves trials that start; running trials are checked less often.
constexpr auto survey_serves = 1s;
constexpr auto survey_every = 5s;

/// From TERM to KILL once it is decided that trials end now.
constexpr auto last_grace = 5s;
constexpr auto death_takes = 5s;

std::vector<int> signals_to_read() {
  std::vector<int> signals(forwarded_signals.begin(), forwarded_signals.end());
  signals.insert(signals.end(), {SIGCHLD, SIGTSTP, SIGCONT, SIGPIPE, ParentWatch::signal()});
  return signals;
}

}  // namespace

Runner::Runner(const Sweep& sweep, const CommandTemplate& command, Job base, Journal& journal,
               Schedule schedule, Crew crew, SweepWatcher& watcher)
    : sweep_(sweep),
      command_(command),
      base_(std::move(base)),
      journal_(journal),
      schedule_(std::move(schedule)),
      crew_(std::move(crew)),
      watcher_(watcher),
      inbox_(signals_to_read()),
      best_(sweep.ranking.goal, 1),
      kept_(sweep.ranking.goal, static_cast<std::size_t>(sweep.keep_best.value_or(0))),
      next_tick_(Clock::now() + tick_every),
      surveyed_(Clock::now()) {}

Runner::~Runner() { kill_descendants(death_takes); }

void Runner::run() {
  for (;;) {
    adjust_slices();
    start_trials();
    tell();
    if (is_over()) return;
    wait();
    check_times();
  }
}

bool Runner::is_over() const {
  return crew_.busy() == 0 && (phase_ != Phase::accepting || schedule_.waiting() == 0);
}

void Runner::start_trials() {
  std::vector<Slot*> starting;
  for (auto& slot : crew_.slots()) {
    if (slot.running || phase_ != Phase::accepting) continue;
    const auto work = schedule_.next(Clock::now());
    if (!work) break;
    prepare(slot, *work);
    starting.push_back(&slot);
  }
  journal_.commit();
  for (auto* slot : starting) start(*slot);
}

void Runner::prepare(Slot& slot, const Work& work) {
  const auto& slice = slot.lease->slices().front();
  Trial trial{.work = work,
              .slot = slot.number,
              .seed = seed_of(sweep_.space, work.trial),
              .parameters = parameters_of(sweep_.space, work.index),
              .folder = trial_folder(sweep_.folder, work.trial)};
  prepare_folder(trial, slice, command_.fill(values_of(trial, slice)));
  journal_.append(StartEvent{.trial = work.trial,
                             .attempt = work.attempt,
                             .slice = slice.uuid,
                             .position = position(slice),
                             .slot = slot.number,
                             .seed = trial.seed,
                             .parameters = trial.parameters,
                             .at = seconds_now()});
  const TrialFiles files{trial.folder};
  slot.running.emplace(Running{.trial = std::move(trial),
                               .pid = 0,
                               .started = Clock::now(),
                               .since = std::chrono::system_clock::now(),
                               .tail = MetricTail(files),
                               .metrics = {},
                               .fate = {}});
}

void Runner::start(Slot& slot) {
  slot.running->pid = start_in(slot, job_of(slot), {slot.running->trial.folder});
}

pid_t Runner::start_in(const Slot& slot, const Job& job, const TrialFiles& files) const {
  return start_warden({.job = job,
                       .lease = *slot.lease,
                       .files = files,
                       .cpus = slot.share.cpus,
                       .signal_mask = inbox_.mask_before()});
}

Job Runner::job_of(const Slot& slot) const {
  auto job = base_;
  const auto& trial = slot.running->trial;
  job.command = command_.fill(values_of(trial, slot.lease->slices().front()));
  job.environment = trial_environment(holder_environment(base_, slot.lease->record()), trial);
  if (!job.environment.get("OMP_NUM_THREADS")) {
    job.environment.set("OMP_NUM_THREADS", std::to_string(slot.share.cores));
  }
  return job;
}

void Runner::wait() {
  PollSet polls;
  polls.add(inbox_.descriptor(), POLLIN, [this] { take_signals(); });
  polls.wait(next_moment());
}

Runner::Clock::time_point Runner::next_moment() const {
  auto moment = next_tick_;
  const auto sooner = [&](std::optional<Clock::time_point> other) {
    if (other) moment = std::min(moment, *other);
  };
  if (crew_.idle() > 0) sooner(schedule_.next_due());
  sooner(end_at_);
  sooner(kill_at_);
  for (const auto& slot : crew_.slots()) {
    const bool may_time_out = slot.running && sweep_.timeout && !slot.running->fate;
    if (may_time_out) sooner(slot.running->started + *sweep_.timeout);
  }
  return moment;
}

void Runner::take_signals() {
  while (const auto signal = inbox_.next()) take_signal(*signal);
}

void Runner::take_signal(const Signal& signal) {
  switch (signal.number) {
    case SIGCHLD:
      return combining_ > 0 ? void() : reap();
    case SIGTSTP:
    case SIGCONT:
      for (const auto pid : descendants_of(::getpid())) {
        ::kill(pid, signal.number == SIGTSTP ? SIGSTOP : SIGCONT);
      }
      return;
    case SIGINT:
      if (stopped_by_ == SIGINT) return end_all();
      stopped_by_ = SIGINT;
      watcher_.note("no more trials are started; the running ones have " +
                    std::to_string(sweep_.grace / 1s) + " s to end; Ctrl-C again ends them now");
      return drain(sweep_.grace);
    case SIGHUP:
      stopped_by_ = SIGHUP;
      return drain({});
    case SIGTERM:
    case SIGQUIT:
      stopped_by_ = signal.number;
      return end_all();
    default:
      if (signal.number != ParentWatch::signal()) return;
      kill_descendants(death_takes);
      ::kill(::getpid(), SIGKILL);
  }
}

void Runner::reap() {
  int wait_status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &wait_status, WNOHANG)) > 0;) {
    for (auto& slot : crew_.slots()) {
      if (slot.running && slot.running->pid == pid) end_trial(slot, wait_status);
    }
  }
}

void Runner::end_trial(Slot& slot, int wait_status) {
  if (WIFSIGNALED(wait_status)) clean_up_after(slot);
  auto& running = *slot.running;
  const auto& trial = running.trial;
  running.tail.finish([&](const Point& point) { add_point(running.metrics, point); });
  const int status = status_of(wait_status);
  const auto outcome = outcome_of(running, status);
  const auto took = std::chrono::duration_cast<milliseconds>(Clock::now() - running.started);
  journal_.append(EndEvent{.trial = trial.work.trial,
                           .attempt = trial.work.attempt,
                           .outcome = outcome,
                           .status = status,
                           .metrics = running.metrics,
                           .at = seconds_now()});
  bool again = false;
  if (outcome == Outcome::lost) schedule_.move(trial.work, Clock::now());
  if (is_failure(outcome)) again = schedule_.try_again(trial.work, Clock::now());
  if (is_failure(outcome) && !again) count_failure();
  if (outcome == Outcome::done) add_leader(trial.work.trial, score(running.metrics));
  ++attempts_;
  busy_ += took;
  ended_.push_back({.trial = trial.work.trial,
                    .attempt = trial.work.attempt,
                    .outcome = outcome,
                    .status = status,
                    .position = position(slot.lease->slices().front()),
                    .parameters = trial.parameters,
                    .took = took,
                    .metric = score(running.metrics),
                    .again = again || outcome == Outcome::lost,
                    .folder = trial.folder});
  slot.running.reset();
}

/// A warden ends by a signal only when somebody killed it, and then its trial may live on.
void Runner::clean_up_after(const Slot& killed) const {
  std::vector<pid_t> wardens;
  for (const auto& slot : crew_.slots()) {
    if (&slot != &killed && slot.running && slot.running->pid > 0) {
      wardens.push_back(slot.running->pid);
    }
  }
  kill_orphans(wardens);
}

Outcome Runner::outcome_of(const Running& running, int status) {
  if (status == 0) return Outcome::done;
  if (running.fate) return *running.fate;
  // It may have failed because its slice went away.
  look_for_lost();
  return running.fate.value_or(Outcome::failed);
}

void Runner::add_leader(int trial, std::optional<double> score) {
  best_.add({trial, score});
  if (!sweep_.keep_best) return;
  const auto fallen = kept_.add({trial, score});
  std::error_code ignored;
  if (fallen) std::filesystem::remove_all(trial_folder(sweep_.folder, *fallen), ignored);
}

std::optional<double> Runner::score(const Metrics& metrics) const {
  if (sweep_.ranking.metric.empty()) return {};
  return score_of(metrics, sweep_.ranking);
}

void Runner::count_failure() {
  ++failures_;
  if (sweep_.halt.failures == 0 || failures_ < sweep_.halt.failures || halted_) return;
  halted_ = true;
  watcher_.note("halted after " + std::to_string(failures_) +
                (failures_ == 1 ? " failed trial" : " failed trials"));
  return sweep_.halt.now ? end_all() : drain({});
}

void Runner::check_times() {
  const auto now = Clock::now();
  if (end_at_ && now >= *end_at_) end_all();
  if (kill_at_ && now >= *kill_at_) kill_all();
  for (auto& slot : crew_.slots()) {
    if (!slot.running || !sweep_.timeout || slot.running->fate) continue;
    if (now >= slot.running->started + *sweep_.timeout) end(*slot.running, Outcome::timed_out);
  }
  if (now >= next_tick_) tick();
}

void Runner::tick() {
  next_tick_ = Clock::now() + tick_every;
  for (auto& slot : crew_.slots()) {
    if (!slot.running) continue;
    auto& metrics = slot.running->metrics;
    slot.running->tail.read([&](const Point& point) { add_point(metrics, point); });
  }
  if (Clock::now() - surveyed_ >= survey_every) look_for_lost();
  const auto wanted = static_cast<std::size_t>(std::max(sweep_.request.slices, sweep_.most_slices));
  if (phase_ == Phase::accepting && schedule_.waiting() > crew_.idle() && crew_.slices() < wanted) {
    if (const auto place = crew_.grow()) watcher_.note("slice " + *place + " is free: taken too");
  }
  watcher_.tick(sight());
}

/// Before trials start: none on a slice that is gone, none kept that others need more.
void Runner::adjust_slices() {
  crew_.drop_idle_lost();
  const bool accepting = phase_ == Phase::accepting;
  const std::size_t waiting = accepting ? schedule_.waiting() : 0;
  if (crew_.idle() == 0) return;
  if (waiting > 0 && Clock::now() - surveyed_ >= survey_serves) look_for_lost();
  const auto fewest = static_cast<std::size_t>(sweep_.request.slices);
  if (accepting && sweep_.most_slices > sweep_.request.slices) {
    if (const auto place = crew_.yield(fewest)) {
      watcher_.note("slice " + *place + " is given back: others wait for it");
    }
  }
  crew_.shed(waiting, sweep_.combine.empty() ? 0 : 1);
}

void Runner::look_for_lost() {
  surveyed_ = Clock::now();
  try {
    for (auto* slot : crew_.find_lost()) {
      if (!slot->running || slot->running->fate) continue;
      watcher_.note("slice " + position(slot->lease->slices().front()) +
                    " is gone: its trial runs again on another one");
      end(*slot->running, Outcome::lost);
    }
  } catch (const Error& error) {
    watcher_.note(std::string("cannot look after the slices: ") + error.what());
  }
}

void Runner::drain(std::optional<milliseconds> grace) {
  if (phase_ == Phase::accepting) phase_ = Phase::draining;
  if (grace) end_at_ = Clock::now() + *grace;
}

void Runner::end_all() {
  end_at_.reset();
  if (phase_ == Phase::ending) return;
  phase_ = Phase::ending;
  kill_at_ = Clock::now() + last_grace;
  if (combining_ > 0) ::kill(combining_, SIGTERM);
  for (auto& slot : crew_.slots()) {
    if (slot.running && !slot.running->fate) end(*slot.running, Outcome::stopped);
  }
}

void Runner::end(Running& running, Outcome fate) {
  running.fate = fate;
  if (running.pid > 0) ::kill(running.pid, SIGTERM);
}

/// Wardens end what does not end by itself; this is for those that are stuck.
void Runner::kill_all() {
  kill_at_.reset();
  kill_descendants(death_takes);
  for (auto& slot : crew_.slots()) {
    if (slot.running) end_trial(slot, SIGKILL);  // A wait status: killed by that signal.
  }
}

void Runner::tell() {
  if (ended_.empty()) return;
  const auto now = sight();
  for (const auto& end : std::exchange(ended_, {})) watcher_.ended(end, now);
}

SweepSight Runner::sight() const {
  const auto& history = journal_.history();
  SweepSight now;
  now.trials = static_cast<int>(size_of(sweep_.space));
  now.done = history.done;
  now.failed = history.failed;
  now.running = static_cast<int>(crew_.busy());
  now.waiting = static_cast<int>(schedule_.waiting());
  if (attempts_ > 0) now.average = busy_ / attempts_;
  if (!best_.list().empty()) {
    now.best = best_.list().front().score;
    now.best_trial = best_.list().front().trial;
  }
  for (const auto& slot : crew_.slots()) now.slots.push_back(look_at(slot, sweep_.ranking.metric));
  return now;
}

int Runner::combine() {
  const auto& slot = crew_.slots().front();
  auto job = base_;
  job.command = sweep_.combine;
  job.environment = holder_environment(base_, slot.lease->record());
  combining_ = start_in(slot, job, {});
  std::optional<int> wait_status;
  while (!wait_status) {
    wait();
    int status = 0;
    if (::waitpid(combining_, &status, WNOHANG) == combining_) wait_status = status;
  }
  combining_ = 0;
  return status_of(*wait_status);
}

}  // namespace septet
