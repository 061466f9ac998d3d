// SPDX-License-Identifier: Apache-2.0
#include "launch/mps_control.hpp"

#include "base/errno.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "launch/eventually.hpp"
#include "launch/exec_words.hpp"
#include <septet/error.hpp>

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace septet {
namespace {

using std::chrono::milliseconds;

/// In the environment of kept daemons and of nothing that a rank starts.
constexpr std::string_view kept_mark = "SEPTET_MPS_DAEMON";

constexpr milliseconds answer_limit{10'000};
constexpr milliseconds start_limit{20'000};
constexpr milliseconds quit_limit{5'000};
constexpr milliseconds server_limit{500};
constexpr milliseconds kill_limit{2'000};

// Without glibc's wrappers, which are newer than the oldest glibc that Septet runs on.
UniqueFd open_process(pid_t pid) {
  return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

void kill_process(const UniqueFd& process) {
  ::syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0);
}

bool has_ended(const UniqueFd& process, milliseconds limit) {
  pollfd entry{.fd = process.get(), .events = POLLIN, .revents = 0};
  return ::poll(&entry, 1, static_cast<int>(limit.count())) > 0;
}

Environment daemon_environment(const MpsPlace& place, Environment environment) {
  environment.set("CUDA_MPS_PIPE_DIRECTORY", place.pipe().native());
  environment.set("CUDA_MPS_LOG_DIRECTORY", place.log().native());
  environment.set("CUDA_VISIBLE_DEVICES", place.gpu_uuid);
  environment.set(kept_mark, place.gpu_uuid);
  // Limits are each client's own; here they would bind all of them.
  environment.unset("CUDA_MPS_ACTIVE_THREAD_PERCENTAGE");
  environment.unset("CUDA_MPS_PINNED_DEVICE_MEM_LIMIT");
  return environment;
}

/// What a file of /proc/PID holds: strings that each end with a zero byte.
std::vector<std::string> strings_of(pid_t pid, std::string_view file) {
  const auto path = "/proc/" + std::to_string(pid) + "/" + std::string(file);
  const auto text = try_read_file(path).value_or("");
  const auto words = split(text, '\0');
  return {words.begin(), words.end()};
}

/// An unnamed file that holds `text`, to be read from its beginning.
UniqueFd memory_file(std::string_view text) {
  UniqueFd file(check(::memfd_create("septet-mps", MFD_CLOEXEC), "make a memory file"));
  write_all(file.get(), text);
  check(::lseek(file.get(), 0, SEEK_SET), "rewind a memory file");
  return file;
}

std::string read_back(const UniqueFd& file) {
  return read_file("/proc/self/fd/" + std::to_string(file.get()));
}

/// Starts the control program with `arguments`. Every other descriptor closes on exec.
pid_t spawn_control(std::vector<std::string> arguments, const Environment& environment, int in,
                    int out) {
  arguments.insert(arguments.begin(), std::string(mps_control_program));
  const auto variables = environment.strings();
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  pid_t pid = 0;
  const int code = ::posix_spawnp(&pid, arguments.front().c_str(), &actions, nullptr,
                                  exec_words(arguments).data(), exec_words(variables).data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (code != 0) throw_errno("start " + arguments.front(), code);
  return pid;
}

/// What the daemon answers to `command`; nothing when there is none or it is silent for too long.
std::optional<std::string> ask(const Environment& environment, std::string_view command) {
  const auto question = memory_file(std::string(command) + "\n");
  const auto answer = memory_file("");
  const pid_t pid = spawn_control({}, environment, question.get(), answer.get());
  const auto process = open_process(pid);
  if (!has_ended(process, answer_limit)) kill_process(process);
  int status = 0;
  check(::waitpid(pid, &status, 0), "wait for " + std::string(mps_control_program));
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return {};
  return read_back(answer);
}

bool answers(const Environment& environment) {
  // Any question that has an answer in words would do.
  return !ask(environment, "get_default_active_thread_percentage").value_or("").empty();
}

/// The servers of the daemon, held so that a reused pid cannot be taken for one of them.
std::vector<UniqueFd> servers(const Environment& environment) {
  std::vector<UniqueFd> result;
  const auto list = ask(environment, "get_server_list").value_or("");
  for (const auto line : split(list, '\n')) {
    const auto pid = parse_number<pid_t>(trim(line));
    if (!pid) continue;
    if (auto process = open_process(*pid)) result.push_back(std::move(process));
  }
  return result;
}

void end_process(const UniqueFd& process, milliseconds limit) {
  if (has_ended(process, limit)) return;
  kill_process(process);
  // KILL is certain; what is waited for is only that the next daemon finds the GPU free.
  static_cast<void>(has_ended(process, kill_limit));
}

}  // namespace

MpsControl::MpsControl(Environment environment, pid_t pid, UniqueFd process)
    : environment_(std::move(environment)), pid_(pid), process_(std::move(process)) {}

std::optional<MpsControl> MpsControl::find(const MpsPlace& place, const Environment& environment) {
  auto ours = daemon_environment(place, environment);
  const auto text = try_read_file(place.pipe() / "nvidia-cuda-mps-control.pid");
  const auto pid = text ? parse_number<pid_t>(trim(*text)) : std::nullopt;
  if (!pid || !answers(ours)) return {};
  auto process = open_process(*pid);
  if (!process) return {};
  return MpsControl(std::move(ours), *pid, std::move(process));
}

MpsControl MpsControl::start(const MpsPlace& place, const Environment& environment) {
  auto ours = daemon_environment(place, environment);
  // What a killed daemon left; nobody answers there.
  for (const auto& entry : std::filesystem::directory_iterator(place.pipe())) {
    std::filesystem::remove_all(entry.path());
  }
  const pid_t pid = spawn_control({"-f"}, ours, STDIN_FILENO, STDOUT_FILENO);
  auto process = open_process(pid);
  const bool settled =
      eventually(start_limit, [&] { return has_ended(process, milliseconds{0}) || answers(ours); });
  if (!settled || has_ended(process, milliseconds{0})) {
    kill_process(process);
    throw Error(ErrorKind::device, std::string(mps_control_program) + " -f " +
                                       (settled ? "ended at once" : "does not answer") + "; see " +
                                       (place.log() / "control.log").string());
  }
  return MpsControl(std::move(ours), pid, std::move(process));
}

void MpsControl::stop() {
  const auto held = servers(environment_);
  static_cast<void>(ask(environment_, "quit"));
  end_process(process_, quit_limit);
  for (const auto& server : held) end_process(server, server_limit);
}

bool is_kept_mps_daemon(pid_t pid) {
  if (strings_of(pid, "cmdline").front() != mps_control_program) return false;
  return std::ranges::any_of(strings_of(pid, "environ"), [](const std::string& variable) {
    return variable.starts_with(std::string(kept_mark) + "=");
  });
}

}  // namespace septet
