// SPDX-License-Identifier: Apache-2.0
#include "launch/spawn.hpp"

#include "base/errno.hpp"
#include "launch/exec_words.hpp"
#include "launch/pipe.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>

namespace septet {
namespace {

constexpr int cannot_execute = 126;  // What shells answer then; the parent reports the cause.

void run_on(const std::vector<int>& cpus) noexcept {
  constexpr std::size_t bits = sizeof(unsigned long) * CHAR_BIT;
  std::vector<unsigned long> mask(static_cast<std::size_t>(cpus.back()) / bits + 1);
  for (const int cpu : cpus) {
    mask[static_cast<std::size_t>(cpu) / bits] |= 1UL << (static_cast<std::size_t>(cpu) % bits);
  }
  // A CPU that went offline meanwhile is no reason not to run.
  ::sched_setaffinity(0, mask.size() * sizeof(unsigned long),
                      reinterpret_cast<const cpu_set_t*>(mask.data()));
}

void put_at(int descriptor, int number) noexcept {
  if (descriptor < 0) return;
  if (descriptor == number) {
    ::fcntl(number, F_SETFD, 0);
  } else {
    ::dup2(descriptor, number);
  }
}

/// Gives the new program its descriptors and starts it. As execvp does: a text without "#!" is a
/// script of sh.
void execute(const Start& start) noexcept {
  put_at(start.input, STDIN_FILENO);
  put_at(start.output, STDOUT_FILENO);
  put_at(start.error, STDERR_FILENO);
  for (const int descriptor : start.inherited) ::fcntl(descriptor, F_SETFD, 0);
  const auto variables = exec_words(start.variables);
  ::execve(start.program.c_str(), exec_words(start.arguments).data(), variables.data());
  if (errno != ENOEXEC) return;
  auto words = start.arguments;
  words.front() = start.program;
  words.insert(words.begin(), "/bin/sh");
  ::execve("/bin/sh", exec_words(words).data(), variables.data());
}

/// The new process, up to exec. What goes wrong is told through `trouble`, which exec closes.
[[noreturn]] void become_child(const Start& start, pid_t parent, int trouble) noexcept {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(cannot_execute);
  ::setpgid(0, start.group.value_or(0));
  if (!start.cpus.empty()) run_on(start.cpus);
  ::sigprocmask(SIG_SETMASK, &start.signal_mask, nullptr);
  execute(start);
  const int code = errno;
  [[maybe_unused]] const auto told = ::write(trouble, &code, sizeof code);
  ::_exit(cannot_execute);
}

/// The errno of a failed exec, or 0. Waits for exec, which closes the other end.
int trouble_from(int descriptor) {
  int code = 0;
  ssize_t got = 0;
  do {
    got = ::read(descriptor, &code, sizeof code);
  } while (got < 0 && errno == EINTR);
  return got == sizeof code ? code : 0;
}

[[noreturn]] void refuse(const Start& start, int code) {
  throw Error(ErrorKind::argument,
              "cannot execute " + start.program.string() + ": " + std::strerror(code));
}

}  // namespace

pid_t spawn(const Start& start) {
  auto trouble = make_pipe();
  const auto parent = ::getpid();
  const auto pid = check(::fork(), "fork for " + start.program.string());
  if (pid == 0) become_child(start, parent, trouble.write_end.get());
  ::setpgid(pid, start.group.value_or(pid));  // Both do it: neither may rely on being first.
  trouble.write_end.reset();
  if (const int code = trouble_from(trouble.read_end.get()); code != 0) {
    ::waitpid(pid, nullptr, 0);
    refuse(start, code);
  }
  return pid;
}

void become(const Start& start) {
  execute(start);
  refuse(start, errno);
}

}  // namespace septet
