// SPDX-License-Identifier: Apache-2.0
#include "launch/signals.hpp"

#include "base/errno.hpp"

#include <sys/prctl.h>
#include <unistd.h>

#include <cstring>

namespace septet {
namespace {

/// What pass_on adds, so that the receiver knows of a key typed to the sender.
constexpr int typed = 1;

bool is_ignored(int signal) {
  struct sigaction action{};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

std::string name_of_signal(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return name == nullptr ? "signal " + std::to_string(signal) : std::string("SIG") + name;
}

void hear_of_children() {
  struct sigaction usual{};
  usual.sa_handler = SIG_DFL;
  check(::sigaction(SIGCHLD, &usual, nullptr), "reset SIGCHLD");
}

void pass_on(pid_t pid, const Signal& signal) noexcept {
  ::sigqueue(pid, signal.number, {.sival_int = signal.from_terminal ? typed : 0});
}

SignalInbox::SignalInbox(std::span<const int> signals) {
  sigset_t wanted;
  ::sigemptyset(&wanted);
  for (const int signal : signals) {
    if (!is_ignored(signal)) ::sigaddset(&wanted, signal);
  }
  descriptor_.reset(check(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd"));
  check(::sigprocmask(SIG_BLOCK, &wanted, &before_), "block signals");
}

SignalInbox::~SignalInbox() {
  while (next()) {
    // What came too late to act on must not end this process now.
  }
  unblock();
}

void SignalInbox::unblock() noexcept {
  descriptor_.reset();
  ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

std::optional<Signal> SignalInbox::next() {
  signalfd_siginfo info{};
  if (::read(descriptor_.get(), &info, sizeof info) != sizeof info) return {};
  const bool passed_on = info.ssi_code == SI_QUEUE && info.ssi_int == typed;
  return Signal{.number = static_cast<int>(info.ssi_signo),
                .from_terminal = info.ssi_code == SI_KERNEL || passed_on};
}

ParentWatch::ParentWatch() {
  check(::prctl(PR_GET_PDEATHSIG, &before_), "PR_GET_PDEATHSIG");
  if (before_ == 0) return;
  const auto parent = ::getppid();
  check(::prctl(PR_SET_PDEATHSIG, signal()), "PR_SET_PDEATHSIG");
  // It may have died just before the change, which then tells of nobody's death.
  if (::getppid() != parent) ::kill(::getpid(), before_);
}

ParentWatch::~ParentWatch() {
  const auto parent = ::getppid();
  ::prctl(PR_SET_PDEATHSIG, before_);
  if (before_ != 0 && ::getppid() != parent) ::kill(::getpid(), before_);
}

}  // namespace septet
