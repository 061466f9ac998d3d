// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "launch/signals.hpp"
#include "sweep/command.hpp"
#include "sweep/crew.hpp"
#include "sweep/journal.hpp"
#include "sweep/leaders.hpp"
#include "sweep/schedule.hpp"
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
class Runner {
 public:
  using Clock = std::chrono::steady_clock;

  Runner(const Sweep& sweep, const CommandTemplate& command, Job base, Journal& journal,
         Schedule schedule, Crew crew, SweepWatcher& watcher);
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
  void prepare(Slot& slot, const Work& work);
  void start(Slot& slot);
  [[nodiscard]] pid_t start_in(const Slot& slot, const Job& job, const TrialFiles& files) const;
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

  // Ending.
  void drain(std::optional<std::chrono::milliseconds> grace);
  void end_all();
  void end(Running& running, Outcome fate);
  void kill_all();
  void count_failure();

  void clean_up_after(const Slot& killed) const;
  void add_leader(int trial, std::optional<double> score);

  [[nodiscard]] bool is_over() const;
  [[nodiscard]] Outcome outcome_of(const Running& running, int status);
  [[nodiscard]] std::optional<double> score(const Metrics& metrics) const;
  [[nodiscard]] Job job_of(const Slot& slot) const;
  [[nodiscard]] SweepSight sight() const;
  [[nodiscard]] Clock::time_point next_moment() const;

  const Sweep& sweep_;
  const CommandTemplate& command_;
  Job base_;
  Journal& journal_;
  Schedule schedule_;
  Crew crew_;
  SweepWatcher& watcher_;
  SignalInbox inbox_;
  ParentWatch parent_;
  Leaders best_;
  Leaders kept_;

  Phase phase_ = Phase::accepting;
  int stopped_by_ = 0;
  bool halted_ = false;
  pid_t combining_ = 0;                      ///< The warden of `combine`, while it runs.
  int failures_ = 0;                         ///< In this run.
  std::optional<Clock::time_point> end_at_;  ///< The end of the grace time.
  std::optional<Clock::time_point> kill_at_;
  Clock::time_point next_tick_;
  Clock::time_point surveyed_;
  std::vector<TrialEnd> ended_;  ///< To be told once they are on disk.
  int attempts_ = 0;
  std::chrono::milliseconds busy_{};  ///< Of all attempts that ended.
};

}  // namespace septet
