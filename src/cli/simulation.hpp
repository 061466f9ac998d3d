// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "discover/simulated_world.hpp"
#include <septet/environment.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace septet::cli {

/// The folder with our libnvidia-ml.so.1: installed, in a build tree, or beside the program.
/// Throws Error `system` with where it was looked for.
[[nodiscard]] std::filesystem::path standin_folder();

/// A simulated host for a command and its children: a state file, and leases of its own. What
/// Septet made for it is gone with this object; a file that the user named stays.
class Simulation {
 public:
  /// Writes `world` to a new temporary folder. Throws Error `system`.
  explicit Simulation(const simulated::World& world);

  /// Goes on with the host in `file`. Its leases are kept in "<file>.leases".
  [[nodiscard]] static Simulation in(const std::filesystem::path& file);

  Simulation(Simulation&& other) noexcept;
  Simulation& operator=(Simulation&&) = delete;
  ~Simulation();

  /// `own` with what puts a process into this host: the stand-in on LD_LIBRARY_PATH, and none of
  /// the real host's GPUs or leases. SEPTET_STATE is kept where the user has set it.
  [[nodiscard]] Environment environment(const Environment& own) const;

 private:
  Simulation(std::filesystem::path file, std::filesystem::path leases);

  std::filesystem::path file_;
  std::filesystem::path leases_;
  std::filesystem::path temporary_;  ///< Empty: nothing to remove.
};

/// Runs `command` in `environment`, in this process group and terminal; passes signals on and
/// returns its exit status, 128+n after signal n. Blocks. Call from the main thread.
[[nodiscard]] int run_command(const std::vector<std::string>& command,
                              const Environment& environment);

}  // namespace septet::cli
