// SPDX-License-Identifier: Apache-2.0
#include "process/children.hpp"

#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <utility>

namespace septet {
namespace {

/// The word for a body that threw.
constexpr int threw = 99;

[[noreturn]] void run(const std::function<int()>& body) {
  int status = threw;
  try {
    status = body();
  } catch (const std::exception& error) {
    std::cerr << "child " << ::getpid() << ": " << error.what() << std::endl;
  }
  ::_exit(status);  // Not exit: the test program's own destructors are the parent's.
}

End end_in(int status) {
  if (WIFSIGNALED(status)) return {.status = 0, .signal = WTERMSIG(status)};
  return {.status = WEXITSTATUS(status), .signal = 0};
}

}  // namespace

Child::Child(const std::function<int()>& body) : pid_(::fork()) {
  if (pid_ == -1) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid_ == 0) run(body);
}

Child::Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)), end_(other.end_) {}

Child::~Child() {
  if (pid_ == -1) return;
  kill();
  wait(std::chrono::seconds(10));
}

void Child::kill() {
  if (!has_ended()) ::kill(pid_, SIGKILL);
}

bool Child::has_ended() {
  int status = 0;
  if (!end_ && ::waitpid(pid_, &status, WNOHANG) == pid_) end_ = end_in(status);
  return end_.has_value();
}

End Child::wait(std::chrono::milliseconds limit) {
  if (has_ended()) return *end_;
  const int handle = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  pollfd ending{.fd = handle, .events = POLLIN, .revents = 0};
  ::poll(&ending, 1, static_cast<int>(limit.count()));
  ::close(handle);
  int status = 0;
  kill();
  if (!end_ && ::waitpid(pid_, &status, 0) == pid_) end_ = end_in(status);
  return end_.value_or(End{.status = threw, .signal = 0});
}

void become_another_user(bool first) {
  if (::geteuid() != 0) return;
  const uid_t user = first ? 65534 : 65533;  // nobody, and one that Debian gives to nobody.
  if (::setgroups(0, nullptr) != 0 || ::setgid(user) != 0 || ::setuid(user) != 0) {
    throw std::system_error(errno, std::generic_category(), "setuid");
  }
}

int users() { return ::geteuid() == 0 ? 2 : 1; }

}  // namespace septet
