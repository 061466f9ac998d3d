// SPDX-License-Identifier: Apache-2.0
#include "launch/mps_daemon.hpp"

#include "base/errno.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "launch/eventually.hpp"
#include "launch/exec_words.hpp"
#include "launch/mps_control.hpp"
#include "launch/mps_keeper.hpp"
#include "lease/lock_file.hpp"
#include <septet/error.hpp>

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <set>
#include <string>
#include <utility>

namespace septet {
namespace {

constexpr std::chrono::seconds start_limit{60};
constexpr int most_starts = 3;

bool is_on_path(const Environment& environment) {
  const auto path = environment.get_or("PATH", "/usr/local/bin:/usr/bin:/bin");
  return std::ranges::any_of(split(path, ':'), [](std::string_view folder) {
    const auto file = std::filesystem::path(folder) / mps_control_program;
    return ::access(file.c_str(), X_OK) == 0;
  });
}

void require_control_program(const Environment& environment) {
  if (is_on_path(environment)) return;
  throw Error(ErrorKind::device,
              "stand-in slices (mps:N) need " + std::string(mps_control_program) +
                  ", which is not on the PATH: it comes with NVIDIA's driver (Debian: "
                  "nvidia-cuda-mps, Ubuntu: nvidia-compute-utils-NNN)");
}

UniqueFd locked(const std::filesystem::path& path, Hold hold) {
  auto file = open_lock_file(path);
  if (!try_lock(file.get(), hold)) file.reset();
  return file;
}

UniqueFd enter(const MpsPlace& place) {
  UniqueFd use;
  const bool entered = eventually(start_limit, [&] {
    use = locked(place.users_lock(), Hold::shared);
    return static_cast<bool>(use);
  });
  if (!entered) {
    throw Error(ErrorKind::device, "the MPS daemon of " + place.gpu_uuid + " does not end; see " +
                                       (place.log()).string());
  }
  return out_of_the_way(std::move(use));
}

bool is_ready(const MpsPlace& place) { return !locked(place.ready_lock(), Hold::shared); }

/// Out of the way of the numbers that the keeper's own descriptors get.
int raised(int descriptor) { return ::fcntl(descriptor, F_DUPFD_CLOEXEC, 100); }

/// Undoes what a launcher did to its signals: exec would hand it on.
void reset_signals() {
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

struct KeeperStart {
  const char* program;
  char* const* words;
  char* const* variables;
  int lock;
  int log;
  int nothing;
};

/// Only what is allowed after fork.
[[noreturn]] void become_keeper(KeeperStart start) {
  ::setsid();
  static_cast<void>(::chdir("/"));
  reset_signals();
  start.lock = raised(start.lock);
  start.log = raised(start.log);
  ::dup2(start.nothing, STDIN_FILENO);
  ::dup2(start.log, STDOUT_FILENO);
  ::dup2(start.log, STDERR_FILENO);
  ::dup2(start.lock, mps_keeper_lock);
  // What the caller's caller left open: a keeper must not hold a stranger's pipe.
  ::syscall(SYS_close_range, mps_keeper_lock + 1, ~0U, 0U);
  ::execve(start.program, start.words, start.variables);
  ::_exit(127);
}

/// Starts a keeper that owns `lock`. It is nobody's child, so that it need not be waited for.
void start_keeper(const MpsPlace& place, const Environment& environment,
                  const std::filesystem::path& program, const UniqueFd& lock) {
  const auto log_name = place.log() / "keeper.log";
  const UniqueFd log(
      check(::open(log_name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600),
            "open " + log_name.string()));
  const UniqueFd nothing(check(::open("/dev/null", O_RDWR | O_CLOEXEC), "open /dev/null"));
  const std::vector<std::string> words{"septet", std::string(mps_keeper_verb), place.gpu_uuid,
                                       place.folder.native()};
  const auto variables = environment.strings();
  const auto arguments = exec_words(words);
  const auto settings = exec_words(variables);
  const KeeperStart start{program.c_str(), arguments.data(), settings.data(),
                          lock.get(),      log.get(),        nothing.get()};
  const pid_t between = check(::fork(), "start the keeper of an MPS daemon");
  if (between == 0) {
    if (::fork() != 0) ::_exit(0);
    become_keeper(start);
  }
  while (::waitpid(between, nullptr, 0) == -1 && errno == EINTR) continue;
}

/// The last words of a keeper, which name the log; of one that said nothing, the log.
std::string why_not_started(const std::filesystem::path& log) {
  const auto text = try_read_file(log / "keeper.log").value_or("");
  const auto lines = split(trim(text), '\n');
  return lines.back().empty() ? "nothing was said; see " + log.string() : std::string(lines.back());
}

void await_ready(const MpsPlace& place, const Environment& environment,
                 const std::filesystem::path& program) {
  int starts = 0;
  const bool settled = eventually(start_limit, [&] {
    if (is_ready(place)) return true;
    // A free lock says that there is no keeper, or that the one we started gave up.
    const auto lock = locked(place.keeper_lock(), Hold::exclusive);
    if (!lock) return false;
    if (starts++ == most_starts) return true;
    start_keeper(place, environment, program, lock);
    return false;
  });
  if (settled && starts <= most_starts) return;
  throw Error(ErrorKind::device, "the MPS daemon of " + place.gpu_uuid +
                                     " does not start: " + why_not_started(place.log()));
}

}  // namespace

UniqueFd use_mps_daemon(const MpsPlace& place, const Environment& environment,
                        const std::filesystem::path& program) {
  require_control_program(environment);
  make_folders(place);
  auto use = enter(place);
  await_ready(place, environment, program);
  return use;
}

std::vector<UniqueFd> use_mps_daemons(const std::vector<Slice>& slices,
                                      const std::filesystem::path& lease_folder,
                                      const Environment& environment) {
  std::set<std::string> gpus;
  for (const auto& slice : slices) {
    if (slice.kind == SliceKind::mps) gpus.insert(slice.gpu_uuid);
  }
  std::vector<UniqueFd> uses;
  for (const auto& gpu : gpus) {
    uses.push_back(use_mps_daemon(mps_place(lease_folder, gpu), environment));
  }
  return uses;
}

}  // namespace septet
