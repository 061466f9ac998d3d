// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace septet::cli {

struct Context;

/// How a cell stands out, on a terminal.
enum class Paint { plain, bold, dim, good, notice, bad };

/// Text for one place of a table, in UTF-8. Control characters are shown as "?": names and command
/// lines come from others.
struct Cell {
  std::string text;
  Paint paint = Paint::plain;
};

/// A column's title and what may happen to it when the terminal is narrow.
struct Column {
  std::string title;
  bool right = false;  ///< Numbers stand at the right edge.
  bool cut = false;    ///< Its text may be cut short with "…".
};

/// Where a table is shown.
struct Look {
  bool colour = false;
  int width = 0;  ///< Columns that there are; 0: no limit.

  /// Colour and a limit on a terminal only; no colour with NO_COLOR (no-color.org) or TERM=dumb.
  [[nodiscard]] static Look of(const Context& context);
};

/// Rows of cells under titles, each column as wide as its widest cell.
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// Requires: no more cells than columns.
  void add(std::vector<Cell> row) { rows_.emplace_back(std::move(row)); }

  /// A line across all columns, between the rows.
  void add_line(Cell line) { rows_.emplace_back(std::move(line)); }

  /// The columns that it takes when nothing is cut, lines across not counted.
  [[nodiscard]] int natural_width() const;

  /// All of it as text. Cells of columns that may be cut, and lines across, give way to the width.
  [[nodiscard]] std::string text(const Look& look) const;

 private:
  using Row = std::variant<std::vector<Cell>, Cell>;

  [[nodiscard]] std::vector<int> widths() const;
  [[nodiscard]] std::string text_of(const std::vector<Cell>& row, const std::vector<int>& widths,
                                    const Look& look) const;

  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

/// Columns that a terminal takes for `text` in UTF-8: none for combining marks, two for East Asian
/// wide characters and emoji. Source: Unicode 15, EastAsianWidth.txt, its large blocks.
[[nodiscard]] int display_width(std::string_view text);

/// `text` in at most `width` columns, with "…" at its end if it was longer.
[[nodiscard]] std::string shorten(std::string_view text, int width);

/// `text` as terminals show `paint`.
[[nodiscard]] std::string painted(const std::string& text, Paint paint, const Look& look);

}  // namespace septet::cli
