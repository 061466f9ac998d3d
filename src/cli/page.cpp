// SPDX-License-Identifier: Apache-2.0
#include "cli/page.hpp"

#include "base/text.hpp"
#include "communicate/path.hpp"

#include <algorithm>

namespace septet::cli {
namespace {

/// The values that `--devices` and SEPTET_DEVICES begin with. Source: driver.hpp.
const std::vector<std::string> device_sources{"auto", "nvml", "mps:", "sim:", "smi:"};

/// The values that `--path` has, and SEPTET_PATH.
std::vector<std::string> ways() {
  std::vector<std::string> words{"all"};
  for (const auto buffers : {BufferPlace::host, BufferPlace::device}) {
    for (const Path path : paths_for(buffers)) {
      const std::string word(septet::name_of(path));
      if (std::ranges::find(words, word) == words.end()) words.push_back(word);
    }
  }
  return words;
}

/// The words of "{a,b}", as CLI::IsMember writes a choice, or of "a|b"; else none.
std::vector<std::string> choices_in(const std::string& type) {
  const auto open = type.find('{');
  const auto close = type.find('}', open);
  const bool braces = close != std::string::npos;
  if (!braces && type.find('|') == std::string::npos) return {};
  const auto list = braces ? type.substr(open + 1, close - open - 1) : type;
  std::vector<std::string> words;
  for (const auto word : split(list, braces ? ',' : '|')) words.emplace_back(trim(word));
  return words;
}

/// The name of the value without what validators add: "N" of "N:NONNEGATIVE", "FILE" of
/// "TEXT:FILE".
std::string value_of(const CLI::Option& option) {
  const auto type = option.get_type_name();
  if (const auto words = choices_in(type); !words.empty()) return join(words, "|");
  const auto colon = type.find(':');
  const auto own = type.substr(0, colon);
  if (own == "INT" || own == "UINT" || own == "FLOAT") return "N";
  return own == "TEXT" && colon != std::string::npos ? type.substr(colon + 1) : own;
}

void tell_values(OptionPage& page, const CLI::Option& option) {
  page.words = choices_in(option.get_type_name());
  if (page.value == "SOURCE") page.words = device_sources;
  if (page.value == "WAY") page.words = ways();
  if (!page.words.empty()) {
    page.kind = ValueKind::word;
  } else if (page.value == "FILE") {
    page.kind = ValueKind::file;
  } else if (page.value == "FOLDER" || page.value == "DIR") {
    page.kind = ValueKind::folder;
  } else if (!page.value.empty()) {
    page.kind = ValueKind::free;
  }
}

/// The name of the value, and whether it may be left out. A flag declares "[=TIME]" as its type.
void name_value(OptionPage& page, const CLI::Option& option) {
  const auto type = option.get_type_name();
  if (type.starts_with("[=") && type.ends_with("]")) {
    page.value = type.substr(2, type.size() - 3);
    page.value_is_optional = true;
  } else if (page.names.empty()) {
    page.value = option.get_name(true);
  } else if (option.get_items_expected_max() > 0) {
    page.value = value_of(option);
    page.value_is_optional = option.get_expected_min() == 0;
  }
}

OptionPage option_page(const CLI::Option& option) {
  OptionPage page;
  for (const auto& name : option.get_snames()) page.names.push_back("-" + name);
  for (const auto& name : option.get_lnames()) page.names.push_back("--" + name);
  name_value(page, option);
  page.text = option.get_description();
  page.group = option.get_group();
  tell_values(page, option);
  return page;
}

void add_options(Page& page, const CLI::App& app) {
  for (const auto* option : app.get_options()) {
    if (option->get_group().empty()) continue;  // CLI11's mark of a hidden option.
    auto& list = option->nonpositional() ? page.options : page.arguments;
    list.push_back(option_page(*option));
  }
  // "Options" is the group of whatever was given none: it goes last, with --help at its end.
  std::stable_partition(page.options.begin(), page.options.end(),
                        [](const auto& option) { return option.group != "Options"; });
  const auto is_help = [](const auto& option) { return option.names.back() == "--help"; };
  std::stable_partition(page.options.begin(), page.options.end(),
                        [&](const auto& option) { return !is_help(option); });
  if (app.get_prefix_command()) {
    page.arguments.push_back({.names = {},
                              .value = "COMMAND",
                              .text = "The command and its arguments, taken word for word",
                              .group = "Arguments",
                              .kind = ValueKind::command,
                              .words = {}});
  }
}

/// Paragraphs are parted by empty lines; the first is the summary.
void add_texts(Page& page, const CLI::App& app) {
  const auto text = app.get_description() + "\n";
  std::string paragraph;
  for (const auto line : split(text, '\n')) {
    if (!line.empty()) {
      paragraph += (paragraph.empty() ? "" : "\n") + std::string(line);
    } else if (!paragraph.empty()) {
      page.paragraphs.push_back(std::exchange(paragraph, {}));
    }
  }
  if (page.paragraphs.empty()) return;
  page.summary = page.paragraphs.front();
  page.paragraphs.erase(page.paragraphs.begin());
}

void add_examples(Page& page, const CLI::App& app) {
  const auto text = app.get_footer();
  for (const auto line : split(text, '\n')) {
    const auto example = trim(line);
    if (!example.empty() && example != "Examples:") page.examples.emplace_back(example);
  }
}

}  // namespace

std::vector<std::string> Page::groups() const {
  std::vector<std::string> found;
  for (const auto& option : options) {
    if (std::find(found.begin(), found.end(), option.group) == found.end()) {
      found.push_back(option.group);
    }
  }
  return found;
}

Page page_of(const CLI::App& app) {
  Page page;
  page.name = app.get_name();
  add_texts(page, app);
  add_options(page, app);
  add_examples(page, app);
  return page;
}

std::vector<Page> verb_pages(const CLI::App& program) {
  std::vector<Page> pages;
  // A verb without a group is hidden, as an option is: Septet calls it, not people.
  const auto shown = [](const CLI::App* verb) { return !verb->get_group().empty(); };
  for (const auto* verb : program.get_subcommands(shown)) pages.push_back(page_of(*verb));
  return pages;
}

std::string spelling(const OptionPage& option) {
  const auto names = join(option.names, ", ");
  if (option.value.empty()) return names;
  if (option.names.empty()) return option.value;
  return names + (option.value_is_optional ? "[=" + option.value + "]" : " " + option.value);
}

std::string synopsis(const Page& page) {
  if (page.name == "septet") return "septet VERB [options]";
  std::string line = "septet " + page.name + (page.options.size() > 1 ? " [options]" : "");
  for (const auto& argument : page.arguments) {
    const bool command = argument.kind == ValueKind::command;
    line += command ? " -- COMMAND…" : " " + argument.value;
  }
  return line;
}

}  // namespace septet::cli
