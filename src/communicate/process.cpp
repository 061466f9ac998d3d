// SPDX-License-Identifier: Apache-2.0
#include "communicate/process.hpp"

#include "base/file.hpp"

#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>

namespace septet {
namespace {

/// The letter behind the name in /proc/PID/stat: proc(5). The name may hold any character.
char state_of(pid_t pid) {
  const auto text = try_read_file("/proc/" + std::to_string(pid) + "/stat").value_or("");
  const auto name_end = text.rfind(") ");
  return name_end == std::string::npos || name_end + 2 >= text.size() ? '?' : text[name_end + 2];
}

}  // namespace

UniqueFd open_process(pid_t pid) {
  // By number: glibc has a wrapper since 2.36 only. The descriptor closes on exec: pidfd_open(2).
  return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

bool has_ended(int pidfd) {
  pollfd end{.fd = pidfd, .events = POLLIN, .revents = 0};
  int ready = 0;
  do {
    ready = ::poll(&end, 1, 0);
  } while (ready < 0 && errno == EINTR);
  return ready > 0 && (end.revents & POLLIN) != 0;
}

bool has_pid_ended(pid_t pid) {
  if (::kill(pid, 0) != 0 && errno == ESRCH) return true;
  const char state = state_of(pid);
  return state == 'Z' || state == 'X';
}

std::uint64_t own_pid_space() {
  struct stat status{};
  return ::stat("/proc/self/ns/pid", &status) == 0 ? status.st_ino : 0;
}

}  // namespace septet
