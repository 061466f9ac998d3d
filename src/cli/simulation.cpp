// SPDX-License-Identifier: Apache-2.0
#include "cli/simulation.hpp"

#include "base/errno.hpp"
#include "base/file.hpp"
#include "discover/simulated_state.hpp"
#include "launch/signals.hpp"
#include "launch/spawn.hpp"
#include <septet/launch.hpp>

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace septet::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view library = "libnvidia-ml.so.1";

/// What tells a process which of the real host's GPUs or slices are its own. In the simulated host
/// it would name what is not there.
constexpr std::array real_host_variables{"CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES",
                                         "SEPTET_DEVICES",       "SEPTET_LEASE",
                                         "SEPTET_SLICE",         "SEPTET_SLICES",
                                         "SEPTET_SLICE_PROFILE", "SEPTET_SLICE_MEMORY"};

fs::path make_temporary_folder() {
  std::string pattern = fs::temp_directory_path() / "septet-simulate-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) throw_errno("make a folder " + pattern);
  return pattern;
}

/// `folder` before what LD_LIBRARY_PATH holds already.
std::string library_path(const fs::path& folder, const Environment& own) {
  const auto before = own.get_or("LD_LIBRARY_PATH", "");
  return before.empty() ? folder.string() : folder.string() + ":" + before;
}

/// The status of `pid` if it has ended.
std::optional<int> end_of(pid_t pid) {
  int status = 0;
  if (check(::waitpid(pid, &status, WNOHANG), "wait for the command") == 0) return std::nullopt;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int wait_for(pid_t pid, SignalInbox& inbox) {
  for (;;) {
    pollfd ready{.fd = inbox.descriptor(), .events = POLLIN, .revents = 0};
    if (::poll(&ready, 1, -1) == -1 && errno != EINTR) throw_errno("wait for signals");
    while (const auto signal = inbox.next()) {
      // What is typed goes to the whole foreground group, the command with it.
      if (signal->number != SIGCHLD && !signal->from_terminal) pass_on(pid, *signal);
    }
    if (const auto status = end_of(pid)) return *status;
  }
}

}  // namespace

fs::path standin_folder() {
  const auto here = fs::read_symlink("/proc/self/exe").parent_path();
  const std::array places{here / ".." / SEPTET_LIBRARY_FOLDER / "septet" / "simulate",
                          here / ".." / "lib", here};
  std::string looked;
  for (const auto& place : places) {
    const auto folder = place.lexically_normal();
    if (fs::exists(folder / library)) return folder;
    looked += (looked.empty() ? "" : ", ") + folder.string();
  }
  throw Error(ErrorKind::system, "the simulated " + std::string(library) + " is in none of " +
                                     looked + ": build or install all of Septet");
}

Simulation::Simulation(fs::path file, fs::path leases)
    : file_(std::move(file)), leases_(std::move(leases)) {}

Simulation::Simulation(const simulated::World& world) : temporary_(make_temporary_folder()) {
  file_ = temporary_ / "host.json";
  leases_ = temporary_ / "leases";
  replace_file(file_, simulated::write_state(world));
}

Simulation Simulation::in(const fs::path& file) {
  const auto whole = fs::absolute(file);
  return {whole, whole.string() + ".leases"};
}

Simulation::Simulation(Simulation&& other) noexcept
    : file_(std::move(other.file_)),
      leases_(std::move(other.leases_)),
      temporary_(std::exchange(other.temporary_, fs::path())) {}

Simulation::~Simulation() {
  std::error_code gone;
  if (!temporary_.empty()) fs::remove_all(temporary_, gone);
}

Environment Simulation::environment(const Environment& own) const {
  auto changed = own;
  for (const auto* name : real_host_variables) changed.unset(name);
  changed.set("LD_LIBRARY_PATH", library_path(standin_folder(), own));
  changed.set("SEPTET_SIMULATE", file_.string());
  if (!own.get("SEPTET_STATE")) changed.set("SEPTET_STATE", leases_.string());
  return changed;
}

int run_command(const std::vector<std::string>& command, const Environment& environment) {
  const auto program = find_program(command.front(), environment);
  std::vector<int> signals(forwarded_signals.begin(), forwarded_signals.end());
  signals.push_back(SIGCHLD);
  SignalInbox inbox(signals);
  const pid_t pid = spawn({.program = program,
                           .arguments = command,
                           .variables = environment.strings(),
                           .inherited = {},
                           .group = ::getpgrp(),
                           .cpus = {},
                           .signal_mask = inbox.mask_before()});
  return wait_for(pid, inbox);
}

}  // namespace septet::cli
