// SPDX-License-Identifier: Apache-2.0
#include "sweep/runner.hpp"

#include "launch/descendants.hpp"
#include "launch/poll_set.hpp"
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

/// What trials report is looked at as often as that, or so often while it may end them.
constexpr auto look_when_pruning = 200ms;

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

Runner::Runner(const Frame& frame, Job base, Schedule schedule, Crew crew, const Results& before)
    : sweep_(frame.sweep),
      journal_(frame.journal),
      study_(frame.study),
      watcher_(frame.watcher),
      schedule_(std::move(schedule)),
      crew_(std::move(crew)),
      inbox_(signals_to_read()),
      starter_(sweep_, frame.command, std::move(base), inbox_.mask_before()),
      tally_(sweep_, size_of(sweep_.space)),
      next_tick_(Clock::now() + tick_every),
      next_look_(next_tick_),
      surveyed_(Clock::now()) {
  for (const auto& trial : before.trials) {
    if (trial.outcome == Outcome::done) drop_folder(tally_.remember(trial.trial, trial.score));
  }
}

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
  tell_study();
  std::vector<Slot*> starting;
  for (auto& slot : crew_.slots()) {
    if (slot.running || phase_ != Phase::accepting) continue;
    const auto work = schedule_.next(Clock::now());
    if (!work) break;
    auto parameters = choose(*work);
    if (!parameters) break;
    journal_.append(starter_.prepare(slot, *work, std::move(*parameters)));
    starting.push_back(&slot);
  }
  journal_.commit();
  for (auto* slot : starting) starter_.start(*slot);
}

/// The journal first: a study that was told more than it could not be told so again.
void Runner::tell_study() {
  if (study_ == nullptr || ended_.empty()) return;
  journal_.commit();
  for (const auto& end : ended_) study_->tell(end);
}

std::optional<Parameters> Runner::choose(const Work& work) {
  if (study_ == nullptr) return parameters_of(sweep_.space, work.index);
  auto parameters = study_->ask(work.trial);
  if (!parameters) {
    watcher_.note("no more trials are started: the search has broken down");
    drain({});
  }
  return parameters;
}

void Runner::wait() {
  do {
    PollSet polls;
    polls.add(inbox_.descriptor(), POLLIN, [this] { take_signals(); });
    polls.wait(paused_at_ ? std::nullopt : std::optional(next_moment()));
  } while (paused_at_);
}

Runner::Clock::time_point Runner::next_moment() const {
  auto moment = std::min(next_tick_, next_look_);
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
      return pause();
    case SIGCONT:
      return go_on();
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
  follow(running, true);
  const int status = status_of(wait_status);
  const auto outcome = outcome_of(running, status);
  const auto took = std::chrono::duration_cast<milliseconds>(Clock::now() - running.started);
  journal_.append(EndEvent{.trial = trial.work.trial,
                           .attempt = trial.work.attempt,
                           .outcome = outcome,
                           .status = status,
                           .metrics = running.metrics,
                           .at = seconds_now()});
  bool again = outcome == Outcome::lost;
  if (outcome == Outcome::lost) schedule_.move(trial.work, Clock::now());
  if (is_failure(outcome)) again = schedule_.try_again(trial.work, Clock::now());
  count({.trial = trial.work.trial,
         .attempt = trial.work.attempt,
         .outcome = outcome,
         .status = status,
         .position = position(slot.lease->slices().front()),
         .parameters = trial.parameters,
         .took = took,
         .metric = tally_.score(running.metrics),
         .again = again,
         .folder = trial.folder});
  slot.running.reset();
}

/// A warden ends by a signal only when somebody killed it, and then its trial may live on.
void Runner::clean_up_after(const Slot& killed) const {
  std::vector<pid_t> wardens;  // And who else is to live.
  if (study_ != nullptr) wardens.push_back(study_->pid());
  for (const auto& slot : crew_.slots()) {
    if (&slot != &killed && slot.running && slot.running->pid > 0) {
      wardens.push_back(slot.running->pid);
    }
  }
  kill_orphans(wardens);
}

Outcome Runner::outcome_of(const Running& running, int status) {
  // A trial may well end cleanly when it is told to; that does not make it whole.
  if (status == 0 && running.fate != Outcome::pruned) return Outcome::done;
  if (running.fate) return *running.fate;
  // It may have failed because its slice went away.
  look_for_lost();
  return running.fate.value_or(Outcome::failed);
}

void Runner::count(const TrialEnd& end) {
  drop_folder(tally_.add(end));
  if (tally_.halts()) halt();
  ended_.push_back(end);
}

void Runner::drop_folder(std::optional<int> trial) const {
  std::error_code ignored;
  if (trial) std::filesystem::remove_all(trial_folder(sweep_.folder, *trial), ignored);
}

void Runner::halt() {
  if (std::exchange(halted_, true)) return;
  watcher_.note("halted after " + tally_.reason());
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
  if (now >= next_look_) follow();
  if (now >= next_tick_) tick();
}

void Runner::follow() {
  const bool may_prune = study_ != nullptr && study_->has_pruner();
  next_look_ = Clock::now() + (may_prune ? look_when_pruning : tick_every);
  for (auto& slot : crew_.slots()) {
    if (slot.running) follow(*slot.running, false);
  }
}

void Runner::follow(Running& running, bool to_its_end) {
  std::vector<Point> points;
  const auto on_point = [&](const Point& point) {
    add_point(running.metrics, point);
    if (study_ != nullptr) points.push_back(point);
  };
  to_its_end ? running.tail.finish(on_point) : running.tail.read(on_point);
  if (points.empty() || running.fate) return;
  const bool prunes = study_->prunes(running.trial.work.trial, points);
  if (prunes && !to_its_end) end(running, Outcome::pruned);
}

void Runner::tick() {
  next_tick_ = Clock::now() + tick_every;
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

/// This process itself stays awake, to take its trials along should its front be killed.
void Runner::pause() {
  if (!paused_at_) paused_at_ = Clock::now();
  watcher_.paused();
  for (const auto pid : descendants_of(::getpid())) ::kill(pid, SIGSTOP);
}

/// The time in between counts for nothing.
void Runner::go_on() {
  for (const auto pid : descendants_of(::getpid())) ::kill(pid, SIGCONT);
  if (!paused_at_) return;
  const auto pause = Clock::now() - *std::exchange(paused_at_, std::nullopt);
  for (auto* moment : {&end_at_, &kill_at_}) {
    if (*moment) **moment += pause;
  }
  for (auto& slot : crew_.slots()) {
    if (slot.running) slot.running->started += pause;
  }
  watcher_.tick(sight());
}

void Runner::drain(std::optional<milliseconds> grace) {
  if (phase_ == Phase::accepting) phase_ = Phase::draining;
  if (grace) end_at_ = Clock::now() + *grace;
}

void Runner::end_all() {
  go_on();  // What is stopped could not hear it.
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
  tally_.describe(now);
  for (const auto& slot : crew_.slots()) now.slots.push_back(look_at(slot, sweep_.ranking.metric));
  return now;
}

int Runner::combine() {
  combining_ = starter_.start_beside(crew_.slots().front(), sweep_.combine);
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
