// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/environment.hpp>

#include <CLI/CLI.hpp>

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace septet::cli {

/// In characters.
struct TerminalSize {
  int columns = 80;
  int rows = 24;
};

/// What a verb works with: the process seen from the command line. One per program.
struct Context {
  Environment environment;
  std::ostream& out;             ///< Answers only.
  std::ostream& err;             ///< Everything else.
  bool out_is_terminal = false;  ///< Colour and progress are allowed there.
  bool err_is_terminal = false;
  int columns = 80;  ///< Width of the terminal.

  /// The size of the terminal behind `err` at this moment, which may change. Nothing: unknown.
  std::function<std::optional<TerminalSize>()> err_size = [] { return std::nullopt; };
  int status = 0;  ///< What the program will exit with.

  /// The arguments behind the first "--", if there is one.
  std::optional<std::vector<std::string>> after_dashes = std::nullopt;
};

/// The name, one-line summary and examples of a verb: its help, man page and completion.
struct VerbText {
  std::string name;
  std::string summary;      ///< One line, lower case, no full stop.
  std::string description;  ///< A paragraph for the man page and --help; may be empty.
  std::string examples;     ///< Lines "septet …  # what it does".
};

/// Adds a verb to `app`. `action` runs after parsing and returns the exit status.
CLI::App& add_verb(CLI::App& app, Context& context, const VerbText& text,
                   std::function<int()> action);

/// Makes what follows the options (with or without "--") the user's command, taken word for word:
/// `septet run -n 4 -- CMD…`. Throws Error `usage` later, from `command_of`, when it is missing.
void takes_command(CLI::App& verb);

/// The user's command of a verb declared with `takes_command`.
[[nodiscard]] std::vector<std::string> command_of(const CLI::App& verb, const Context& context);

/// Throws Error `usage` when words follow "--" although `verb` takes no command.
void refuse_command(const CLI::App& verb, const Context& context);

/// Declares `--devices`, whose default is SEPTET_DEVICES, else "auto".
void add_devices_option(CLI::App& verb, const Context& context, std::string& devices);

}  // namespace septet::cli
