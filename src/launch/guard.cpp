// SPDX-License-Identifier: Apache-2.0
#include "base/errno.hpp"
#include "base/file.hpp"
#include "launch/descendants.hpp"
#include "launch/signals.hpp"
#include <septet/guard.hpp>

#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>

namespace septet {
namespace {

using namespace std::chrono_literals;

std::vector<int> signals_to_read() {
  std::vector<int> signals(forwarded_signals.begin(), forwarded_signals.end());
  signals.insert(signals.end(), {SIGCHLD, SIGTSTP});
  return signals;
}

/// The half that stays behind: a thin process that only passes on, waits and cleans up.
class Front {
 public:
  Front(pid_t child, SignalInbox& inbox) : child_(child), inbox_(inbox) {}

  /// The status to leave with.
  int wait();

  /// Whether Ctrl-C ended the job, so that whoever started this process should stop as well.
  [[nodiscard]] bool was_interrupted() const { return interrupted_; }

 private:
  void take(const Signal& signal);
  void stop_until_continued() const;
  void reap();
  [[nodiscard]] int clean_up() const;

  pid_t child_;
  SignalInbox& inbox_;
  std::optional<int> wait_status_;
  int last_passed_on_ = 0;
  bool interrupted_ = false;
};

int Front::wait() {
  while (!wait_status_) {
    pollfd readable{.fd = inbox_.descriptor(), .events = POLLIN, .revents = 0};
    ::poll(&readable, 1, -1);
    while (const auto signal = inbox_.next()) take(*signal);
  }
  const int status = clean_up();
  interrupted_ = interrupted_ && status == 128 + SIGINT;
  return status;
}

void Front::take(const Signal& signal) {
  if (signal.number == SIGCHLD) {
    reap();
    return;
  }
  pass_on(child_, signal);
  if (signal.number == SIGTSTP) {
    stop_until_continued();
    return;
  }
  last_passed_on_ = signal.number;
  if (signal.number == SIGINT && signal.from_terminal) interrupted_ = true;
}

void Front::stop_until_continued() const {
  ::kill(::getpid(), SIGSTOP);
  pass_on(child_, {.number = SIGCONT});
}

void Front::reap() {
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    if (pid == child_) wait_status_ = status;
  }
}

/// Ends what the child could not end, because it was killed or because that came to it too late.
int Front::clean_up() const {
  const auto left = descendants_of(::getpid()).size();
  const auto stuck = kill_descendants(5s);
  const bool killed = WIFSIGNALED(*wait_status_) && WTERMSIG(*wait_status_) != last_passed_on_;
  std::string note;
  if (killed) {
    note = "septet: its working process " + std::to_string(child_) + " was killed by " +
           name_of_signal(WTERMSIG(*wait_status_)) + "; killed " + std::to_string(left) +
           " that it left\n";
  }
  if (stuck > 0) note += "septet: " + std::to_string(stuck) + " processes cannot be killed\n";
  write_all(STDERR_FILENO, note);
  return WIFSIGNALED(*wait_status_) ? 128 + WTERMSIG(*wait_status_) : WEXITSTATUS(*wait_status_);
}

void become_child(pid_t front) {
  ::setpgid(0, 0);
  check(::prctl(PR_SET_PDEATHSIG, SIGKILL), "PR_SET_PDEATHSIG");
  if (::getppid() != front) ::kill(::getpid(), SIGKILL);  // It died before it could be watched.
  check(::prctl(PR_SET_CHILD_SUBREAPER, 1), "PR_SET_CHILD_SUBREAPER");
}

}  // namespace

std::optional<int> guard() {
  hear_of_children();
  check(::prctl(PR_SET_CHILD_SUBREAPER, 1), "PR_SET_CHILD_SUBREAPER");
  const auto self = ::getpid();
  bool interrupted = false;
  int status = 0;
  {
    SignalInbox inbox(signals_to_read());
    const auto child = check(::fork(), "fork");
    if (child == 0) {
      become_child(self);
      inbox.unblock();  // What the front has passed on by now is meant for the work.
      return {};
    }
    ::setpgid(child, child);
    Front front(child, inbox);
    status = front.wait();
    interrupted = front.was_interrupted();
  }
  // Shells stop a loop or script only when the command died of the same Ctrl-C.
  if (interrupted) ::kill(::getpid(), SIGINT);
  return status;
}

}  // namespace septet
