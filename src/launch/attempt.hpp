// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "launch/output.hpp"
#include "launch/poll_set.hpp"
#include "launch/signals.hpp"
#include "launch/spawn.hpp"
#include <septet/launch.hpp>

#include <chrono>
#include <optional>
#include <vector>

namespace septet {

/// One run of all processes of a job, from the first fork until nothing of it is left.
///
///   running --(a rank fails, a signal, the time limit)--> stopping --(grace over)--> killing
///      \_______ all ranks ended: what they left behind is asked to go too ________/
///
/// Its destructor kills what is left when an exception cuts a run short.
class Attempt {
 public:
  using Clock = PollSet::Clock;

  /// What stays the same for all attempts of a job. Borrowed.
  struct Frame {
    const Job& job;
    Output& output;
    SignalInbox& inbox;
    std::optional<Clock::time_point> time_limit;
    bool shares_terminal;  ///< One process, in the process group of the front.
  };

  explicit Attempt(const Frame& frame) : frame_(frame) {}
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;
  ~Attempt();

  /// Starts the next rank.
  void start(const Start& start, const Slice& slice);

  /// Waits for the end of all ranks and of what they started.
  [[nodiscard]] ExitReport finish();

 private:
  struct Rank {
    RankExit exit;
    pid_t group = 0;
    bool alive = true;
  };

  void take_signals();
  void take_signal(const Signal& signal);
  void reap();
  void record(Rank& rank, int wait_status);
  void fail(const Rank& rank);
  void end_by_signal(const Signal& signal);
  void stop(int signal);
  void kill_all();
  void signal_ranks(int signal) const;
  void check_times();
  void ask_to_leave(const std::vector<pid_t>& left);
  [[nodiscard]] bool ranks_are_alive() const;
  [[nodiscard]] bool nothing_is_left();
  [[nodiscard]] std::optional<Clock::time_point> next_deadline() const;
  [[nodiscard]] int status() const;

  Frame frame_;
  std::vector<Rank> ranks_;
  ExitReport report_;
  bool stopping_ = false;
  bool told_to_leave_ = false;  ///< What the ranks left behind has been sent TERM.
  bool over_ = false;
  std::optional<Clock::time_point> kill_at_;     ///< The end of the grace time.
  std::optional<Clock::time_point> give_up_at_;  ///< Set with the first KILL.
};

}  // namespace septet
