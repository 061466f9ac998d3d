// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <source_location>
#include <stdexcept>
#include <string>
#include <string_view>

namespace septet {

/// What the caller can do about an Error. `exit_status` and `name_of` give the other spellings.
enum class ErrorKind {
  argument,     ///< A value that was given is wrong: correct it.
  usage,        ///< Calls or options that do not go together: call differently.
  unavailable,  ///< Nothing free now, or the time was over: try again later.
  peer,         ///< Another rank died or disagrees: restart the group.
  device,       ///< No such device, or it does not work: ask for another.
  system,       ///< The operating system refused: see the message.
  internal,     ///< A fault of Septet: report it.
};

/// The one exception that Septet throws. Its message names the input and the remedy.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message,
        std::source_location where = std::source_location::current());

  [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }

  /// Where it was thrown, for the debug log only.
  [[nodiscard]] const std::source_location& where() const noexcept { return where_; }

 private:
  ErrorKind kind_;
  std::source_location where_;
};

/// The enumerator's own word, as the log and JSON print it.
[[nodiscard]] std::string_view name_of(ErrorKind kind) noexcept;

/// The exit status that tells `kind` to a shell. Source: sysexits.h, as docs/exit-status.md lists.
[[nodiscard]] int exit_status(ErrorKind kind) noexcept;

}  // namespace septet
