// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

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

}  // namespace septet
