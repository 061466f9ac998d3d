// SPDX-License-Identifier: Apache-2.0
#include "launch/attempt.hpp"

#include "launch/descendants.hpp"
#include "launch/report.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <string>

namespace septet {
namespace {

using namespace std::chrono_literals;

/// How long SIGKILL may take: a process stuck in a driver dies only when that lets go of it.
constexpr auto death_takes = 5s;

std::string processes(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " process" : " processes");
}

/// A rank's whole group, as a terminal would. The front's group has others than ours in it.
void signal_group(pid_t rank, pid_t group, int signal) {
  if (group == rank) {
    ::kill(-group, signal);
    return;
  }
  for (const auto pid : descendants_in_group(::getpid(), group)) ::kill(pid, signal);
}

/// This process was to be killed when its parent died, and so it ends; but not alone.
void end_with_parent() {
  kill_descendants(death_takes);
  ::kill(::getpid(), SIGKILL);
}

}  // namespace

Attempt::~Attempt() {
  if (!over_) kill_descendants(death_takes);
}

void Attempt::start(const Start& start, const Slice& slice) {
  const auto pid = spawn(start);
  ranks_.push_back({.exit = {.rank = static_cast<int>(ranks_.size()),
                             .pid = pid,
                             .slice = slice.uuid,
                             .last_lines = {}},
                    .group = start.group.value_or(pid)});
}

ExitReport Attempt::finish() {
  reap();  // Who ended while others were being started.
  while (!nothing_is_left()) {
    PollSet polls;
    polls.add(frame_.inbox.descriptor(), POLLIN, [this] { take_signals(); });
    frame_.output.add_to(polls);
    polls.wait(next_deadline());
    check_times();
  }
  over_ = true;
  frame_.output.finish_ranks();
  for (auto& rank : ranks_) {
    rank.exit.last_lines = frame_.output.last_lines(rank.exit.rank);
    report_.ranks.push_back(rank.exit);
  }
  report_.status = status();
  return report_;
}

void Attempt::take_signals() {
  while (const auto signal = frame_.inbox.next()) take_signal(*signal);
}

void Attempt::take_signal(const Signal& signal) {
  // In the front's group the process has what was typed already, and decides itself.
  if (frame_.shares_terminal && signal.from_terminal) return;
  switch (signal.number) {
    case SIGCHLD:
      reap();
      break;
    case SIGUSR1:
    case SIGUSR2:
      for (const auto& rank : ranks_) {
        if (rank.alive) ::kill(rank.exit.pid, signal.number);
      }
      break;
    case SIGTSTP:
      if (!frame_.shares_terminal) signal_ranks(SIGSTOP);
      break;
    case SIGCONT:
      signal_ranks(SIGCONT);
      break;
    case SIGPIPE:  // Ours: the write that met it has told of it.
      break;
    default:
      if (signal.number == ParentWatch::signal()) end_with_parent();
      end_by_signal(signal);
  }
}

void Attempt::signal_ranks(int signal) const {
  for (const auto& rank : ranks_) {
    if (rank.alive) signal_group(rank.exit.pid, rank.group, signal);
  }
}

void Attempt::reap() {
  int wait_status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &wait_status, WNOHANG)) > 0;) {
    const auto rank = std::ranges::find(ranks_, pid, [](const Rank& r) { return r.exit.pid; });
    if (rank != ranks_.end()) record(*rank, wait_status);
  }
}

void Attempt::record(Rank& rank, int wait_status) {
  rank.alive = false;
  rank.exit.signal = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0;
  rank.exit.status = rank.exit.signal != 0 ? 128 + rank.exit.signal : WEXITSTATUS(wait_status);
  if (rank.exit.status != 0 && !stopping_) fail(rank);
}

void Attempt::fail(const Rank& rank) {
  report_.first_failure = rank.exit.rank;
  const auto others = std::ranges::count_if(ranks_, &Rank::alive);
  if (others > 0) {
    frame_.output.note("rank " + std::to_string(rank.exit.rank) + " " + how_it_ended(rank.exit) +
                       "; stopping the other " + std::to_string(others));
  }
  stop(SIGTERM);
}

void Attempt::end_by_signal(const Signal& signal) {
  const bool again = report_.stopped_by == SIGINT && signal.number == SIGINT;
  if (again) kill_all();
  if (report_.stopped_by != 0) return;
  report_.stopped_by = signal.number;
  const bool as_it_is = signal.number == SIGINT || frame_.shares_terminal;
  frame_.output.note(name_of_signal(signal.number) + ": stopping" +
                     (signal.number == SIGINT ? "; Ctrl-C again kills at once" : ""));
  if (stopping_) return;
  stop(as_it_is ? signal.number : SIGTERM);
}

void Attempt::stop(int signal) {
  stopping_ = true;
  kill_at_ = Clock::now() + frame_.job.grace;
  signal_ranks(signal);
  signal_ranks(SIGCONT);  // What is stopped could not hear it.
}

void Attempt::kill_all() {
  const auto now = Clock::now();
  stopping_ = true;
  if (!give_up_at_) give_up_at_ = now + death_takes;
  for (const auto pid : descendants_of(::getpid())) ::kill(pid, SIGKILL);
  // Once more, soon: some may have been born meanwhile.
  kill_at_ = now + 10ms;
}

void Attempt::check_times() {
  const auto now = Clock::now();
  if (frame_.time_limit && now >= *frame_.time_limit && !stopping_) {
    report_.timed_out = true;
    frame_.output.note("the time limit is over: stopping");
    stop(SIGTERM);
  }
  if (kill_at_ && now >= *kill_at_) {
    if (!give_up_at_ && ranks_are_alive()) frame_.output.note("the grace time is over: killing");
    kill_all();
  }
}

bool Attempt::ranks_are_alive() const { return std::ranges::any_of(ranks_, &Rank::alive); }

bool Attempt::nothing_is_left() {
  const bool gave_up = give_up_at_ && Clock::now() >= *give_up_at_;
  if (ranks_are_alive() && !gave_up) return false;
  // Looking comes before reaping: see kill_descendants.
  for (;;) {
    const auto left = descendants_of(::getpid());
    if (!left.empty() && gave_up) frame_.output.note("cannot kill " + processes(left.size()));
    if (!left.empty()) {
      ask_to_leave(left);
      return gave_up;
    }
    if (::waitpid(-1, nullptr, WNOHANG) <= 0) return true;
  }
}

void Attempt::ask_to_leave(const std::vector<pid_t>& left) {
  if (told_to_leave_ || give_up_at_) return;
  told_to_leave_ = true;
  frame_.output.note("stopping " + processes(left.size()) + " that the command left behind");
  for (const auto pid : left) {
    ::kill(pid, SIGTERM);
    ::kill(pid, SIGCONT);
  }
  if (!kill_at_) kill_at_ = Clock::now() + frame_.job.grace;
}

std::optional<Attempt::Clock::time_point> Attempt::next_deadline() const {
  if (kill_at_) return kill_at_;
  return stopping_ ? std::nullopt : frame_.time_limit;
}

int Attempt::status() const {
  constexpr int time_limit_status = 124;  // As timeout(1) answers.
  if (report_.timed_out) return time_limit_status;
  const bool killed = give_up_at_ && report_.stopped_by != 0;
  if (ranks_.size() == 1 && !killed) return ranks_.front().exit.status;
  if (report_.stopped_by != 0) return 128 + report_.stopped_by;
  return report_.first_failure
             ? ranks_[static_cast<std::size_t>(*report_.first_failure)].exit.status
             : 0;
}

}  // namespace septet
