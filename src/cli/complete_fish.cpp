// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "cli/shells.hpp"

namespace septet::cli {
namespace {

std::string value_flags(const OptionPage& option) {
  switch (option.kind) {
    case ValueKind::word:
      return " -x -a " + quote(join(option.words, " "));
    case ValueKind::file:
      return " -r -F";
    case ValueKind::folder:
      return " -x -a '(__fish_complete_directories)'";
    case ValueKind::free:
      return option.value_is_optional ? "" : " -x";
    case ValueKind::none:
    case ValueKind::command:
      return "";
  }
  return "";
}

std::string option_line(const OptionPage& option, const std::string& condition) {
  std::string line = "complete -c septet -n " + quote(condition);
  for (const auto& name : option.names) {
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  return line + value_flags(option) + " -d " + quote(option.text) + "\n";
}

std::string verb_lines(const Page& verb) {
  const auto condition = "__fish_seen_subcommand_from " + verb.name;
  std::string text;
  for (const auto& option : verb.options) text += option_line(option, condition);
  for (const auto& argument : verb.arguments) {
    const auto start = "complete -c septet -n " + quote(condition);
    if (argument.kind == ValueKind::command) {
      text += start + " -x -a '(__fish_complete_subcommand --fcs-skip=2)'\n";
    } else {
      text += start + value_flags(argument) + "\n";
    }
  }
  return text;
}

}  // namespace

std::string fish_completion(const Page& program, const std::vector<Page>& verbs) {
  std::string text =
      "# fish completion of septet, printed by: septet completion fish\n\n"
      "complete -c septet -f\n";
  for (const auto& option : program.options) text += option_line(option, "__fish_use_subcommand");
  for (const auto& verb : verbs) {
    text += "complete -c septet -n __fish_use_subcommand -a " + verb.name + " -d " +
            quote(verb.summary) + "\n";
  }
  for (const auto& verb : verbs) text += "\n" + verb_lines(verb);
  return text;
}

}  // namespace septet::cli
