// SPDX-License-Identifier: Apache-2.0
#include "cli/table.hpp"

#include "cli/verb.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace septet::cli {
namespace {

constexpr int gap = 2;  // Columns between columns.

/// One character of UTF-8.
struct Character {
  char32_t code;
  std::size_t bytes;
};

/// The first character of `text`, which is not empty. A byte that is no UTF-8 stands for itself.
Character first_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  const std::size_t length = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (length == 1) return {first, 1};
  const Character invalid{0xFFFD, 1};
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return invalid;
  char32_t code = first & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return invalid;
    code = code << 6U | (byte(i) & 0x3FU);
  }
  return {code, length};
}

using Range = std::pair<char32_t, char32_t>;

template <std::size_t size>
bool within(const std::array<Range, size>& ranges, char32_t code) {
  return std::ranges::any_of(
      ranges, [code](const Range& range) { return range.first <= code && code <= range.second; });
}

int width_of(char32_t code) {
  constexpr std::array<Range, 7> none{{{0x300, 0x36F},
                                       {0x483, 0x489},
                                       {0x591, 0x5BD},
                                       {0x200B, 0x200F},
                                       {0x20D0, 0x20F0},
                                       {0xFE00, 0xFE0F},
                                       {0xFE20, 0xFE2F}}};
  constexpr std::array<Range, 11> two{{{0x1100, 0x115F},
                                       {0x2E80, 0x303E},
                                       {0x3041, 0xA4CF},
                                       {0xAC00, 0xD7A3},
                                       {0xF900, 0xFAFF},
                                       {0xFE30, 0xFE6F},
                                       {0xFF00, 0xFF60},
                                       {0xFFE0, 0xFFE6},
                                       {0x1F300, 0x1F64F},
                                       {0x1F680, 0x1FAFF},
                                       {0x20000, 0x3FFFD}}};
  if (within(none, code)) return 0;
  return within(two, code) ? 2 : 1;
}

bool is_control(char32_t code) { return code < 0x20 || (code >= 0x7F && code < 0xA0); }

/// What may go to a terminal of `text`.
std::string printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto character = first_character(text);
    const bool invalid = character.bytes == 1 && character.code == 0xFFFD;
    if (is_control(character.code) || invalid) {
      result += '?';
    } else {
      result += text.substr(0, character.bytes);
    }
    text.remove_prefix(character.bytes);
  }
  return result;
}

std::string_view sequence_of(Paint paint) {
  constexpr std::array<std::string_view, 6> sequences{"", "1", "2", "32", "33", "31"};
  return sequences.at(static_cast<std::size_t>(paint));
}

std::string spaces(int count) {
  return std::string(static_cast<std::size_t>(std::max(0, count)), ' ');
}

int sum_of(const std::vector<int>& widths) {
  int sum = 0;
  for (const int width : widths) sum += width + gap;
  return std::max(0, sum - gap);
}

/// Takes what is too much from the columns that may be cut, the last first.
void fit(std::vector<int>& widths, const std::vector<Column>& columns, int limit) {
  constexpr int least = 6;
  for (std::size_t i = columns.size(); i-- > 0;) {
    const int excess = sum_of(widths) - limit;
    if (excess <= 0) return;
    if (columns[i].cut) widths[i] = std::max(std::min(widths[i], least), widths[i] - excess);
  }
}

std::string without_trailing_spaces(std::string text) {
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

}  // namespace

Look Look::of(const Context& context) {
  const bool plain = !context.environment.get_or("NO_COLOR", "").empty() ||
                     context.environment.get_or("TERM", "") == "dumb";
  return {.colour = context.out_is_terminal && !plain,
          .width = context.out_is_terminal ? context.columns : 0};
}

int Table::natural_width() const { return sum_of(widths()); }

std::vector<int> Table::widths() const {
  std::vector<int> widths;
  for (const auto& column : columns_) widths.push_back(display_width(column.title));
  for (const auto& row : rows_) {
    const auto* cells = std::get_if<std::vector<Cell>>(&row);
    if (cells == nullptr) continue;
    for (std::size_t i = 0; i < cells->size(); ++i) {
      widths[i] = std::max(widths[i], display_width(printable((*cells)[i].text)));
    }
  }
  return widths;
}

std::string Table::text(const Look& look) const {
  auto room = widths();
  if (look.width > 0) fit(room, columns_, look.width);

  std::vector<Cell> titles;
  for (const auto& column : columns_) titles.push_back({column.title, Paint::dim});
  std::string result = text_of(titles, room, look);
  for (const auto& row : rows_) {
    if (const auto* line = std::get_if<Cell>(&row)) {
      const auto clean = printable(line->text);
      const auto shown = look.width > 0 ? shorten(clean, look.width) : clean;
      result += painted(shown, line->paint, look) + "\n";
    } else {
      result += text_of(std::get<std::vector<Cell>>(row), room, look);
    }
  }
  return result;
}

std::string Table::text_of(const std::vector<Cell>& row, const std::vector<int>& widths,
                           const Look& look) const {
  std::string line;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const auto shown = shorten(printable(row[i].text), widths[i]);
    const auto fill = spaces(widths[i] - display_width(shown));
    const auto cell = painted(shown, row[i].paint, look);
    line += columns_[i].right ? fill + cell : cell + fill;
    line += spaces(gap);
  }
  return without_trailing_spaces(std::move(line)) + "\n";
}

int display_width(std::string_view text) {
  int width = 0;
  while (!text.empty()) {
    const auto character = first_character(text);
    width += width_of(character.code);
    text.remove_prefix(character.bytes);
  }
  return width;
}

std::string shorten(std::string_view text, int width) {
  if (display_width(text) <= width) return std::string(text);
  std::string result;
  int room = width - 1;  // For the ellipsis.
  while (!text.empty()) {
    const auto character = first_character(text);
    room -= width_of(character.code);
    if (room < 0) break;
    result += text.substr(0, character.bytes);
    text.remove_prefix(character.bytes);
  }
  return width > 0 ? result + "…" : "";
}

std::string painted(const std::string& text, Paint paint, const Look& look) {
  const auto sequence = sequence_of(paint);
  if (!look.colour || sequence.empty() || text.empty()) return text;
  return "\x1b[" + std::string(sequence) + "m" + text + "\x1b[0m";
}

}  // namespace septet::cli
