// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace septet {

/// One process to start.
struct Start {
  std::filesystem::path program;       ///< As find_program gives it.
  std::vector<std::string> arguments;  ///< argv, its name first.
  std::vector<std::string> variables;  ///< "NAME=value".
  int input = -1;                      ///< Becomes descriptor 0; -1: inherited as it is.
  int output = -1;                     ///< Becomes 1.
  int error = -1;                      ///< Becomes 2.
  std::vector<int> inherited;          ///< Kept open across exec, under their own numbers.
  std::optional<pid_t> group;          ///< The process group to join; else it leads its own.
  std::vector<int> cpus;               ///< To run on; empty: as this process.
  sigset_t signal_mask{};
};

/// Starts a process that is killed when this one dies, and returns its pid once exec has worked.
/// Call from the main thread: the kernel watches over the thread that forks, not over the process.
/// Others may run meanwhile (NVML leaves one behind): what the new process does before exec needs
/// no lock but malloc's, which the fork of glibc keeps whole. Throws Error
/// `argument` when the program cannot be executed, `system` when there is no process to be had.
[[nodiscard]] pid_t spawn(const Start& start);

/// Becomes the program itself, in this process: its group and parent stay. Comes back only by
/// throwing Error `argument`.
[[noreturn]] void become(const Start& start);

}  // namespace septet
