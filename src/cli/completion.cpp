// SPDX-License-Identifier: Apache-2.0
#include "cli/program.hpp"
#include "cli/shells.hpp"
#include "cli/verbs.hpp"
#include <septet/error.hpp>

#include <memory>
#include <ostream>

namespace septet::cli {
namespace {

/// The pages of the verbs; an argument VERB offers their names.
std::vector<Page> completed_pages(const CLI::App& program) {
  auto verbs = verb_pages(program);
  std::vector<std::string> names;
  for (const auto& verb : verbs) names.push_back(verb.name);
  for (auto& verb : verbs) {
    for (auto& argument : verb.arguments) {
      if (argument.value != "VERB") continue;
      argument.kind = ValueKind::word;
      argument.words = names;
    }
  }
  return verbs;
}

std::string script_for(const std::string& shell, const CLI::App& program) {
  const auto verbs = completed_pages(program);
  if (shell == "bash") return bash_completion(page_of(program), verbs);
  if (shell == "zsh") return zsh_completion(page_of(program), verbs);
  if (shell == "fish") return fish_completion(page_of(program), verbs);
  throw Error(ErrorKind::argument, "no completion for \"" + shell + "\": bash, zsh or fish");
}

}  // namespace

std::string quote(std::string_view text) {
  std::string quoted = "'";
  for (const char letter : text) {
    if (letter == '\'') {
      quoted += "'\\''";
    } else {
      quoted += letter;
    }
  }
  return quoted + "'";
}

std::vector<std::string> names_of(const std::vector<OptionPage>& options) {
  std::vector<std::string> names;
  for (const auto& option : options) {
    names.insert(names.end(), option.names.begin(), option.names.end());
  }
  return names;
}

bool runs_command(const Page& verb) {
  return !verb.arguments.empty() && verb.arguments.back().kind == ValueKind::command;
}

void add_completion(CLI::App& app, Context& context) {
  const auto shell = std::make_shared<std::string>();  // Owned by the option and the action.
  auto& verb = add_verb(
      app, context,
      {.name = "completion",
       .summary = "print a script that completes septet's words in a shell",
       .description = "`make install` puts all three where the shells find them.",
       .examples = "source <(septet completion bash)   # this shell, or a line of ~/.bashrc\n"
                   "source <(septet completion zsh)    # after compinit in ~/.zshrc\n"
                   "septet completion fish > ~/.config/fish/completions/septet.fish"},
      [&context, shell] {
        context.out << script_for(*shell, *make_program(context));
        return 0;
      });
  verb.add_option("SHELL", *shell, "bash, zsh or fish")->required()->type_name("bash|zsh|fish");
}

}  // namespace septet::cli
