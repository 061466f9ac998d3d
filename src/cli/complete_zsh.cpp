// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "cli/shells.hpp"

namespace septet::cli {
namespace {

/// Text inside an _arguments specification: colons and brackets have a meaning there.
std::string escape(std::string_view text) {
  std::string escaped;
  for (const char letter : text) {
    if (letter == ':' || letter == '[' || letter == ']' || letter == '\\') escaped += '\\';
    escaped += letter;
  }
  return escaped;
}

std::string action(const OptionPage& option) {
  switch (option.kind) {
    case ValueKind::word: {
      std::vector<std::string> words;
      for (const auto& word : option.words) words.push_back(escape(word));
      return "(" + join(words, " ") + ")";
    }
    case ValueKind::file:
      return "_files";
    case ValueKind::folder:
      return "_files -/";
    case ValueKind::command:
      return "_normal";
    case ValueKind::none:
    case ValueKind::free:
      return " ";
  }
  return " ";
}

/// One specification for each spelling: '(-n --slices)-n[How many]:N: '.
std::string specifications(const OptionPage& option) {
  std::string text;
  const auto all = "(" + join(option.names, " ") + ")";
  for (const auto& name : option.names) {
    std::string one = option.names.size() > 1 ? all + name : name;
    if (option.value_is_optional) one += "=-";
    one += "[" + escape(option.text) + "]";
    if (!option.value.empty()) {
      one += (option.value_is_optional ? "::" : ":") + escape(option.value) + ":" + action(option);
    }
    text += " \\\n        " + quote(one);
  }
  return text;
}

std::string arguments(const Page& verb) {
  std::string text;
  for (const auto& argument : verb.arguments) {
    const bool command = argument.kind == ValueKind::command;
    text += " \\\n        " +
            quote((command ? "*::" : ":") + escape(argument.value) + ":" + action(argument));
  }
  return text;
}

std::string branch(const Page& verb) {
  std::string text = "    " + verb.name + ")\n      _arguments -s -S";
  for (const auto& option : verb.options) text += specifications(option);
  return text + arguments(verb) + " ;;\n";
}

}  // namespace

std::string zsh_completion(const Page& program, const std::vector<Page>& verbs) {
  std::string names;
  std::string branches;
  for (const auto& verb : verbs) {
    names += "    " + quote(escape(verb.name) + ":" + verb.summary) + "\n";
    branches += branch(verb);
  }
  std::string first;
  for (const auto& option : program.options) first += specifications(option);
  return "#compdef septet\n# zsh completion of septet, printed by: septet completion zsh\n\n"
         "_septet() {\n  local context state state_descr line\n  typeset -A opt_args\n"
         "  local -a verbs=(\n" +
         names + "  )\n  _arguments -C" + first +
         " \\\n        '1:verb:->verb' '*::argument:->argument' && return\n"
         "  case $state in\n    verb) _describe verb verbs; return ;;\n  esac\n"
         "  case $words[1] in\n" +
         branches +
         "  esac\n}\n\n"
         "# Sourced, or found along fpath and run as the completer itself.\n"
         "if [[ $funcstack[1] == _septet ]]; then _septet \"$@\"; else compdef _septet septet; "
         "fi\n";
}

}  // namespace septet::cli
