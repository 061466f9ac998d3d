// SPDX-License-Identifier: Apache-2.0
#include "cli/help.hpp"

#include "base/text.hpp"
#include "cli/program_text.hpp"

#include <algorithm>
#include <ranges>

namespace septet::cli {
namespace {

constexpr std::size_t narrowest = 40;
constexpr std::size_t widest = 100;  // Longer lines are hard to read.
constexpr std::size_t margin = 2;

/// Characters of UTF-8 text: all bytes that do not continue one.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }));
}

std::string spaces(std::size_t count) { return std::string(count, ' '); }

/// Two columns under a heading: what it is called, and what it means.
struct Row {
  std::string left;
  std::string right;
};

/// One width for all tables of a page, so that their right columns stand below each other.
std::size_t left_width(const std::vector<Row>& rows, std::size_t most = 30) {
  std::size_t width = 0;
  for (const auto& row : rows) {
    if (const auto own = width_of(row.left); own <= most) width = std::max(width, own);
  }
  return width;
}

std::string table(std::string_view heading, const std::vector<Row>& rows, std::size_t left,
                  std::size_t columns) {
  std::string text = "\n" + std::string(heading) + "\n";
  const auto indent = margin + left + margin;
  for (const auto& row : rows) {
    const auto own = width_of(row.left);
    text += spaces(margin) + row.left;
    text += own <= left ? spaces(left - own + margin) : "\n" + spaces(indent);
    text += wrap(row.right, columns - indent, indent) + "\n";
  }
  return text;
}

std::vector<Row> rows_of(const std::vector<OptionPage>& options, std::string_view group = {}) {
  std::vector<Row> rows;
  for (const auto& option : options) {
    if (!group.empty() && option.group != group) continue;
    const bool only_long = !option.names.empty() && option.names.front().starts_with("--");
    rows.push_back({(only_long ? "    " : "") + spelling(option), option.text});
  }
  return rows;
}

std::string examples(const Page& page) {
  if (page.examples.empty()) return {};
  std::string text = "\nExamples\n";
  for (const auto& example : page.examples) text += spaces(margin) + example + "\n";
  return text;
}

std::string verb_help(const Page& page, std::size_t columns) {
  auto text = wrap("septet " + page.name + ": " + page.summary, columns, 0) + "\n\n  " +
              synopsis(page) + "\n";
  for (const auto& paragraph : page.paragraphs) text += "\n" + wrap(paragraph, columns, 0) + "\n";
  auto all = rows_of(page.arguments);
  std::ranges::copy(rows_of(page.options), std::back_inserter(all));
  const auto left = left_width(all);
  if (!page.arguments.empty()) text += table("Arguments", rows_of(page.arguments), left, columns);
  for (const auto& group : page.groups()) {
    text += table(group, rows_of(page.options, group), left, columns);
  }
  return text + examples(page);
}

std::string program_help(const CLI::App& program, std::size_t columns) {
  std::vector<Row> verbs;
  for (const auto& page : verb_pages(program)) verbs.push_back({page.name, page.summary});
  std::vector<Row> start;
  for (const auto& [command, meaning] : first_commands) {
    start.push_back({std::string(command), std::string(meaning)});
  }
  return "septet: " + page_of(program).summary + "\n\n  septet VERB [options]\n" +
         table("Start with", start, left_width(start, columns * 3 / 5), columns) +
         table("Verbs", verbs, left_width(verbs), columns) +
         "\nMore: septet VERB --help, and septet man [VERB].\n";
}

}  // namespace

std::string wrap(std::string_view text, std::size_t width, std::size_t indent) {
  std::string wrapped;
  std::size_t used = 0;
  for (const auto words = split(text, ' '); const auto word : words) {
    const auto own = width_of(word);
    if (used > 0 && used + 1 + own > width) {
      wrapped += "\n" + spaces(indent);
      used = 0;
    } else if (used > 0) {
      wrapped += ' ';
      ++used;
    }
    wrapped += word;
    used += own;
  }
  return wrapped;
}

HelpFormatter::HelpFormatter(int columns)
    : columns_(std::clamp(static_cast<std::size_t>(std::max(columns, 0)), narrowest, widest)) {}

std::string HelpFormatter::make_help(const CLI::App* app, std::string /*name*/,
                                     CLI::AppFormatMode /*mode*/) const {
  return app->get_parent() == nullptr ? program_help(*app, columns_)
                                      : verb_help(page_of(*app), columns_);
}

}  // namespace septet::cli
