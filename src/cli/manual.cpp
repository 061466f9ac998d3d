// SPDX-License-Identifier: Apache-2.0
#include "cli/manual.hpp"

#include "base/text.hpp"
#include "cli/program_text.hpp"

#include <span>

namespace septet::cli {
namespace {

/// `text` as roff prints it literally: dashes stay dashes, and no line is taken for a request.
std::string escape(std::string_view text) {
  std::string escaped;
  bool starts_line = true;
  for (const char letter : text) {
    if (starts_line && (letter == '.' || letter == '\'')) escaped += "\\&";
    if (letter == '\\') {
      escaped += "\\e";
    } else if (letter == '-') {
      escaped += "\\-";
    } else {
      escaped += letter;
    }
    starts_line = letter == '\n';
  }
  return escaped;
}

std::string bold(std::string_view text) { return "\\fB" + escape(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + escape(text) + "\\fR"; }

std::string upper(std::string_view text) {
  std::string raised(text);
  for (auto& letter : raised) {
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
  }
  return raised;
}

std::string section(std::string_view name) { return ".SH " + upper(name) + "\n"; }

std::string entry(std::string_view term, std::string_view text) {
  return ".TP\n" + std::string(term) + "\n" + escape(text) + "\n";
}

std::string head(const std::string& title, std::string_view summary, std::string_view version) {
  return ".\\\" Printed by septet man.\n.TH " + upper(title) + " 1 \"\" \"septet " +
         std::string(version) + "\" \"User commands\"\n.nh\n.ad l\n" + section("name") +
         escape(title) + " \\- " + escape(summary) + "\n";
}

std::string term_of(const OptionPage& option) {
  std::vector<std::string> names;
  for (const auto& name : option.names) names.push_back(bold(name));
  if (option.names.empty()) return italic(option.value);
  if (option.value.empty()) return join(names, ", ");
  const auto value = italic(option.value);
  return join(names, ", ") + (option.value_is_optional ? "[=" + value + "]" : " " + value);
}

std::string options(const Page& page) {
  std::string text;
  for (const auto& argument : page.arguments) text += entry(term_of(argument), argument.text);
  const auto groups = page.groups();
  for (const auto& group : groups) {
    if (groups.size() > 1) text += ".SS " + escape(group) + "\n";
    for (const auto& option : page.options) {
      if (option.group == group) text += entry(term_of(option), option.text);
    }
  }
  return section("options") + text;
}

std::string examples(const std::vector<std::string>& lines) {
  if (lines.empty()) return {};
  std::string text = section("examples") + ".nf\n";
  for (const auto& line : lines) text += escape(line) + "\n";
  return text + ".fi\n";
}

std::string meanings(std::string_view heading, std::span<const Meaning> rows) {
  std::string text = section(heading);
  for (const auto& row : rows) text += entry(bold(row.name), row.text);
  return text;
}

std::string see_also(const std::vector<std::string>& pages) {
  std::vector<std::string> names;
  for (const auto& page : pages) names.push_back(bold(page) + "(1)");
  return section("see also") + join(names, ", ") + "\n";
}

}  // namespace

std::string verb_manual(const Page& page, std::string_view version) {
  auto text = head("septet-" + page.name, page.summary, version) + section("synopsis") +
              bold(synopsis(page)) + "\n";
  if (!page.paragraphs.empty()) text += section("description");
  for (const auto& paragraph : page.paragraphs) text += ".PP\n" + escape(paragraph) + "\n";
  return text + options(page) + examples(page.examples) + meanings("exit status", exit_statuses) +
         see_also({"septet"});
}

std::string program_manual(const Page& program, const std::vector<Page>& verbs,
                           std::string_view version) {
  auto text = head("septet", program.summary, version) + section("synopsis") +
              bold("septet VERB [options]") + "\n" + section("verbs");
  std::vector<std::string> others;
  for (const auto& verb : verbs) {
    text += entry(bold(verb.name), verb.summary);
    others.push_back("septet-" + verb.name);
  }
  std::vector<std::string> lines;
  for (const auto& first : first_commands) {
    lines.push_back(std::string(first.name) + "  # " + std::string(first.text));
  }
  return text + options(program) + examples(lines) + meanings("exit status", exit_statuses) +
         meanings("environment", environment_variables) + meanings("files", files) +
         see_also(others);
}

}  // namespace septet::cli
