// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace septet {

/// For tests: the process that runs `body`, a function that returns whether all was well. It ends
/// with 0, 1 or, if `body` throws, 2; nothing of the test program runs on in it.
template <typename Body>
[[nodiscard]] pid_t forked(Body body) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  try {
    ::_exit(body() ? 0 : 1);
  } catch (...) {
    ::_exit(2);
  }
}

/// For tests: waits for the end of `child`: its exit status, or 128 and its signal.
[[nodiscard]] inline int status_of(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// For tests: how `body` ends in a child process.
template <typename Body>
[[nodiscard]] int status_of_child(Body body) {
  return status_of(forked(body));
}

/// For tests: what a child ends with that may not do what a test needs.
inline constexpr int lacks_rights = 77;

/// For tests: makes a system call fail in this process with ENOSYS from now on, as in an old
/// kernel.
[[nodiscard]] inline bool forget_call(long number) {
  constexpr auto load = BPF_LD | BPF_W | BPF_ABS;
  constexpr auto is_equal = BPF_JMP | BPF_JEQ | BPF_K;
  constexpr auto answer = BPF_RET | BPF_K;
  std::array<sock_filter, 4> steps{{
      {load, 0, 0, offsetof(seccomp_data, nr)},
      {is_equal, 0, 1, static_cast<std::uint32_t>(number)},
      {answer, 0, 0, SECCOMP_RET_ERRNO | ENOSYS},
      {answer, 0, 0, SECCOMP_RET_ALLOW},
  }};
  const sock_fprog filter{.len = steps.size(), .filter = steps.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

}  // namespace septet
