// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "cli/shells.hpp"

namespace septet::cli {
namespace {

// Bash parts words at "=" and ":", so the line is read anew, and what stands before the last colon
// is left out of the answer: bash has it already.
constexpr std::string_view head = R"(# bash completion of septet, printed by: septet completion bash

_septet_words() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current")
  local before=${current%"${current##*:}"}
  [[ $before ]] && COMPREPLY=("${COMPREPLY[@]#"$before"}")
  [[ ${COMPREPLY[0]-} == *: ]] && compopt -o nospace 2>/dev/null
  return 0
}

_septet_files() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen "$1" -- "$current")
}

# The user's own command, which begins at word $1.
_septet_command() {
  if declare -F _command_offset >/dev/null; then
    _command_offset "$1"
  elif ((COMP_CWORD == $1)); then
    mapfile -t COMPREPLY < <(compgen -c -- "$current")
  else
    _septet_files -f
  fi
}

_septet() {
  local line=${COMP_LINE:0:COMP_POINT} words current previous verb='' i
  COMPREPLY=()
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  current=${words[-1]} previous=${words[-2]}
  [[ $current == --*=* ]] && previous=${current%%=*} current=${current#*=}
)";

/// What completes the value of `option`.
std::string action(const OptionPage& option) {
  switch (option.kind) {
    case ValueKind::word:
      return "_septet_words " + quote(join(option.words, " "));
    case ValueKind::file:
      return "_septet_files -f";
    case ValueKind::folder:
      return "_septet_files -d";
    case ValueKind::none:
    case ValueKind::free:
    case ValueKind::command:
      return ":";
  }
  return ":";
}

std::string values(const Page& verb) {
  std::string text;
  for (const auto& option : verb.options) {
    if (option.value.empty() || option.value_is_optional) continue;
    text += "        " + join(option.names, " | ") + ") " + action(option) + "; return ;;\n";
  }
  return text.empty() ? "" : "      case $previous in\n" + text + "      esac\n";
}

/// What completes a word that is no option: the verb's argument or the user's command.
std::string word(const Page& verb) {
  for (const auto& argument : verb.arguments) {
    if (argument.kind == ValueKind::command) return "_septet_command $COMP_CWORD";
    return action(argument);
  }
  return ":";
}

std::string branch(const Page& verb) {
  return "    " + verb.name + ")\n" + values(verb) + "      if [[ $current == -* ]]; then\n" +
         "        _septet_words " + quote(join(names_of(verb.options), " ")) + "\n      else\n" +
         "        " + word(verb) + "\n      fi ;;\n";
}

/// Finds the verb, and whether the cursor is in a command of the user's already.
std::string find_verb(const std::vector<Page>& verbs) {
  std::vector<std::string> runners;
  for (const auto& verb : verbs) {
    if (runs_command(verb)) runners.push_back(verb.name);
  }
  return "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    case ${COMP_WORDS[i]} in\n"
         "      --) [[ \" " +
         join(runners, " ") +
         " \" == *\" $verb \"* ]] && _septet_command $((i + 1)); return ;;\n"
         "      [!-]*) [[ $verb ]] || verb=${COMP_WORDS[i]} ;;\n"
         "    esac\n"
         "  done\n";
}

}  // namespace

std::string bash_completion(const Page& program, const std::vector<Page>& verbs) {
  auto first = names_of(program.options);
  std::string branches;
  for (const auto& verb : verbs) {
    first.push_back(verb.name);
    branches += branch(verb);
  }
  return std::string(head) + find_verb(verbs) + "  case $verb in\n    '') _septet_words " +
         quote(join(first, " ")) + " ;;\n" + branches + "  esac\n}\n\ncomplete -F _septet septet\n";
}

}  // namespace septet::cli
