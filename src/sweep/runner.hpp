// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "launch/signals.hpp"
#include "sweep/command.hpp"
#include "sweep/crew.hpp"
#include "sweep/journal.hpp"
#include "sweep/optuna_study.hpp"
#include "sweep/schedule.hpp"
#include "sweep/tally.hpp"
#include "sweep/trial_starter.hpp"
#include <septet/launch.hpp>
#include <septet/sweep.hpp>

#include <chrono>
#include <optional>
#include <vector>

namespace septet {

/// The working part of a sweep: takes trials from the schedule, runs each in a free slot, and
/// writes into the journal what happens.
///
///   accepting --(Ctrl-C, HUP, halt soon)--> draining --(TERM, Ctrl-C again, grace over,
///   halt now)--> ending --(a moment later)--> all is killed
///
/// Events of one round go to disk together: ends of trials and starts of the next in their slots.
/// Where a search says what trials try, it hears of the ends in between, once they are on disk.
class Runner {
 public:
  using Clock = std::chrono::steady_clock;

  /// What stays the same. Borrowed.
  struct Frame {
    const Sweep& sweep;
    const CommandTemplate& command;
    Journal& journal;
    OptunaStudy* study;  ///< Nothing: parameters are those of the space.
    SweepWatcher& watcher;
  };

  /// `before` is what earlier runs came to.
  Runner(const Frame& frame, Job base, Schedule schedule, Crew crew, const Results& before);
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;
  ~Runner();

  /// Runs until nothing is left to do or the sweep was ended. Blocks.
  void run();

  [[nodiscard]] int stopped_by() const { return stopped_by_; }
  [[nodiscard]] bool halted() const { return halted_; }

  /// Runs `Sweep::combine` on the first slice and returns its exit status. Requires: run() ended,
  /// and kept a slice.
  [[nodiscard]] int combine();

 private:
  enum class Phase { accepting, draining, ending };

  // One round.
  void start_trials();
  void tell_study();
  [[nodiscard]] std::optional<Parameters> choose(const Work& work);
  void wait();
  void take_signals();
  void take_signal(const Signal& signal);
  void reap();
  void end_trial(Slot& slot, int wait_status);
  void check_times();
  void tell();

  // Slices.
  void adjust_slices();
  void look_for_lost();
  void tick();
  void follow();
  void follow(Running& running, bool to_its_end);

  // Ctrl-Z and fg.
  void pause();
  void go_on();

  // Ending.
  void drain(std::optional<std::chrono::milliseconds> grace);
  void end_all();
  void end(Running& running, Outcome fate);
  void kill_all();
  void halt();
  void count(const TrialEnd& end);
  void drop_folder(std::optional<int> trial) const;

  void clean_up_after(const Slot& killed) const;

  [[nodiscard]] bool is_over() const;
  [[nodiscard]] Outcome outcome_of(const Running& running, int status);
  [[nodiscard]] SweepSight sight() const;
  [[nodiscard]] Clock::time_point next_moment() const;

  const Sweep& sweep_;
  Journal& journal_;
  OptunaStudy* study_;
  SweepWatcher& watcher_;
  Schedule schedule_;
  Crew crew_;
  SignalInbox inbox_;
  TrialStarter starter_;
  ParentWatch parent_;
  Tally tally_;

  Phase phase_ = Phase::accepting;
  int stopped_by_ = 0;
  bool halted_ = false;
  pid_t combining_ = 0;                      ///< The warden of `combine`, while it runs.
  std::optional<Clock::time_point> end_at_;  ///< The end of the grace time.
  std::optional<Clock::time_point> kill_at_;
  std::optional<Clock::time_point> paused_at_;  ///< All trials are stopped since then.
  Clock::time_point next_tick_;
  Clock::time_point next_look_;  ///< At what trials report.
  Clock::time_point surveyed_;
  std::vector<TrialEnd> ended_;  ///< To be told once they are on disk.
};

}  // namespace septet
