// SPDX-License-Identifier: Apache-2.0
// NCCL's log, in the form that people know from it: on stdout, silent unless NCCL_DEBUG is set. A
// line is one write(2); no lock is taken, so that a thread that is stuck stops nobody.
#pragma once

#include "communicate/abi/variables.hpp"

#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>

namespace septet::abi {

/// Each includes those before it. Source: NCCL_DEBUG of NCCL 2.30.7.
enum class LogLevel : std::uint8_t { none, version, warn, info, abort, trace };

/// What a line of the level info is about. Source: NCCL_DEBUG_SUBSYS of NCCL 2.30.7.
enum class Subsystem : std::uint32_t {
  init = 0x1,
  env = 0x80,
  bootstrap = 0x1000,
  destroy = 0x10000,
};

/// How the environment wants the log.
struct LogSettings {
  /// NCCL_DEBUG: VERSION, WARN, INFO, ABORT or TRACE, in any case.
  LogLevel level = LogLevel::none;

  /// NCCL_DEBUG_SUBSYS: names with commas between, or ALL; with ^ before them, all but these.
  std::uint32_t subsystems = 0x1081;

  /// NCCL_DEBUG_FILE, above the level version: empty for stdout. %h is the host, %p the process.
  std::string file;
};

[[nodiscard]] LogSettings log_settings_of(const Lookup& variables);

/// `pattern` with %h, %p and %% replaced.
[[nodiscard]] std::string file_name_of(std::string_view pattern, std::string_view host,
                                       int process);

/// Whether lines of this kind are wanted: texts that cost something are made only then.
[[nodiscard]] bool informs(Subsystem subsystem) noexcept;

/// Write a line, if it is wanted. `where` a warning comes from goes into its line.
void inform(Subsystem subsystem, std::string_view text) noexcept;
void warn(std::string_view text,
          std::source_location where = std::source_location::current()) noexcept;

/// Names this library, once in a process: of rank 0 from VERSION on, of every rank from INFO on.
void show_version(int rank) noexcept;

/// Reads the settings anew.
void reset_log() noexcept;

}  // namespace septet::abi
