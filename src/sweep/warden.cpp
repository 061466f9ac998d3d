// SPDX-License-Identifier: Apache-2.0
#include "sweep/warden.hpp"

#include "base/errno.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "launch/attempt.hpp"
#include "launch/descendants.hpp"
#include "launch/output.hpp"
#include "launch/signals.hpp"
#include "launch/spawn.hpp"
#include <septet/error.hpp>
#include <septet/unique_fd.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <filesystem>
#include <string>

namespace septet {
namespace {

constexpr int not_found = 127;  // As shells answer.
constexpr int not_started = 126;
constexpr std::chrono::seconds death_takes{5};

void die_with(pid_t parent) {
  check(::prctl(PR_SET_PDEATHSIG, SIGKILL), "PR_SET_PDEATHSIG");
  if (::getppid() != parent) ::raise(SIGKILL);
  check(::prctl(PR_SET_CHILD_SUBREAPER, 1), "PR_SET_CHILD_SUBREAPER");
}

/// What exec would close: locks that this process holds by accident of fork would outlive their
/// owner. What the user handed down goes on to the trial.
void close_all_but(const std::vector<int>& wanted) {
  std::vector<int> open;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    if (const auto number = parse_number<int>(entry.path().filename().native())) {
      open.push_back(*number);
    }
  }
  for (const int descriptor : open) {
    const int flags = ::fcntl(descriptor, F_GETFD);
    const bool closes = flags >= 0 && (flags & FD_CLOEXEC) != 0;
    if (closes && std::ranges::find(wanted, descriptor) == wanted.end()) ::close(descriptor);
  }
}

void put_stream(int number, const std::filesystem::path& path, int flags) {
  const UniqueFd file(
      check(::open(path.c_str(), flags | O_CLOEXEC, 0644), "open " + path.string()));
  check(::dup2(file.get(), number), "dup2");
}

void redirect(const TrialFiles& files) {
  put_stream(STDIN_FILENO, "/dev/null", O_RDONLY);
  if (files.folder.empty()) return;
  put_stream(STDOUT_FILENO, files.out(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND);
  put_stream(STDERR_FILENO, files.err(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND);
}

int run_trial(const Warden& warden) {
  constexpr std::array signals{SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGCHLD, SIGPIPE};
  std::vector<int> read(signals.begin(), signals.end());
  read.push_back(ParentWatch::signal());
  SignalInbox inbox(read);
  const ParentWatch parent;
  Output output(warden.job);
  Attempt attempt({.job = warden.job,
                   .output = output,
                   .inbox = inbox,
                   .time_limit = {},
                   .shares_terminal = false});
  attempt.start({.program = find_program(warden.job.command.front(), warden.job.environment),
                 .arguments = warden.job.command,
                 .variables = warden.job.environment.strings(),
                 .inherited = warden.lease.descriptors(),
                 .group = {},
                 .cpus = warden.cpus,
                 .signal_mask = warden.signal_mask},
                warden.lease.slices().front());
  return attempt.finish().status;
}

int live(const Warden& warden, pid_t parent) noexcept {
  try {
    die_with(parent);
    ::setsid();  // No terminal of its own, so keys and job control are the sweep's affair.
    redirect(warden.files);
    close_all_but(warden.lease.descriptors());
    return run_trial(warden);
  } catch (const std::exception& error) {
    const auto line = "septet: " + std::string(error.what()) + "\n";
    [[maybe_unused]] const auto told = ::write(STDERR_FILENO, line.data(), line.size());
    const auto* known = dynamic_cast<const Error*>(&error);
    return known != nullptr && known->kind() == ErrorKind::argument ? not_found : not_started;
  }
}

}  // namespace

int status_of(int wait_status) {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

void kill_orphans(const std::vector<pid_t>& wardens) {
  const auto give_up = std::chrono::steady_clock::now() + death_takes;
  for (;;) {
    const auto orphans = family_without(wardens);
    for (const auto pid : orphans) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, WNOHANG);  // Those deeper down become children of this process first.
    }
    if (orphans.empty() || std::chrono::steady_clock::now() > give_up) return;
    ::poll(nullptr, 0, 1);
  }
}

pid_t start_warden(const Warden& warden) {
  const auto parent = ::getpid();
  const auto pid = check(::fork(), "fork for a trial");
  if (pid == 0) ::_exit(live(warden, parent));
  return pid;
}

}  // namespace septet
