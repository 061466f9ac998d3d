// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/unique_fd.hpp>

#include <sys/signalfd.h>
#include <sys/types.h>

#include <array>
#include <csignal>
#include <optional>
#include <span>
#include <string>

namespace septet {

/// What the front passes on, and launch acts on. The first four end a job.
inline constexpr std::array forwarded_signals{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};

/// "SIGINT", or "signal 64".
[[nodiscard]] std::string name_of_signal(int signal);

/// One signal as it was read.
struct Signal {
  int number = 0;
  bool from_terminal = false;  ///< Typed (Ctrl-C, Ctrl-Z), so the foreground group has it already.
};

/// Undoes an inherited "ignore" for SIGCHLD: with it children leave no exit status behind.
void hear_of_children();

/// Sends `signal` to one process, with where it came from. Nothing happens if that is gone.
void pass_on(pid_t pid, const Signal& signal) noexcept;

/// Signals as messages: blocked while this object lives, and read from a descriptor. A signal that
/// this process was told to ignore (nohup) is left alone. One at a time; the owning thread.
class SignalInbox {
 public:
  explicit SignalInbox(std::span<const int> signals);
  SignalInbox(const SignalInbox&) = delete;
  SignalInbox& operator=(const SignalInbox&) = delete;
  ~SignalInbox();

  [[nodiscard]] int descriptor() const noexcept { return descriptor_.get(); }

  /// The next signal that has come, or nothing. Never blocks.
  [[nodiscard]] std::optional<Signal> next();

  /// Ends it early: what has come and was not read acts as it would without this object.
  void unblock() noexcept;

  /// The mask from before, for children.
  [[nodiscard]] const sigset_t& mask_before() const noexcept { return before_; }

 private:
  sigset_t before_{};
  UniqueFd descriptor_;
};

/// While it lives, a process that is to be killed with its parent (PR_SET_PDEATHSIG) gets `signal`
/// instead, so that it can take its children along.
class ParentWatch {
 public:
  /// What comes when the parent has died. Real-time, so nothing else sends it.
  [[nodiscard]] static int signal() noexcept { return SIGRTMIN; }

  /// Requires: an inbox that has `signal()`.
  ParentWatch();
  ParentWatch(const ParentWatch&) = delete;
  ParentWatch& operator=(const ParentWatch&) = delete;
  ~ParentWatch();

 private:
  int before_ = 0;
};

}  // namespace septet
