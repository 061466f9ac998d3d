// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace septet::cli {

/// What a shell can offer as the value of an option or argument.
enum class ValueKind {
  none,     ///< There is no value.
  free,     ///< The user's own: a number, a time.
  word,     ///< One of `OptionPage::words`.
  file,     ///< A file.
  folder,   ///< A folder.
  command,  ///< A program and its arguments.
};

/// One option or argument of a verb as help, man page and completion show it.
struct OptionPage {
  std::vector<std::string> names;  ///< "-n", "--slices", short first; empty for an argument.
  std::string value;               ///< "N", "SOURCE"; empty for a flag.
  bool value_is_optional = false;  ///< "--wait[=TIME]".
  std::string text;                ///< What it does.
  std::string group;               ///< The heading that it stands under.
  ValueKind kind = ValueKind::none;
  std::vector<std::string> words;
};

/// One command of the program: the program itself, or a verb.
struct Page {
  std::string name;     ///< "run"; "septet" for the program.
  std::string summary;  ///< One line, lower case, no full stop.
  std::vector<std::string> paragraphs;
  std::vector<OptionPage> options;    ///< In the order of their groups' first mention.
  std::vector<OptionPage> arguments;  ///< Positional ones; the user's command last.
  std::vector<std::string> examples;  ///< Lines "septet …  # what it does".

  /// The headings of `options`, in order, each once.
  [[nodiscard]] std::vector<std::string> groups() const;
};

/// Reads what was declared for `app`, the program or one of its verbs.
[[nodiscard]] Page page_of(const CLI::App& app);

/// The pages of the verbs of `program`, in the order of `septet --help`.
[[nodiscard]] std::vector<Page> verb_pages(const CLI::App& program);

/// "-n, --slices N", "--wait[=TIME]"; the bare value for an argument.
[[nodiscard]] std::string spelling(const OptionPage& option);

/// "septet run [options] -- COMMAND…".
[[nodiscard]] std::string synopsis(const Page& page);

}  // namespace septet::cli
