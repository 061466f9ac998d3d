// SPDX-License-Identifier: Apache-2.0
#include "sweep/csv.hpp"

#include <septet/error.hpp>

#include <algorithm>

namespace septet {
namespace {

/// What ends a field besides a comma.
enum class LineEnds { end_records, are_text };

/// Reads fields from the front of a text.
class Reader {
 public:
  Reader(std::string_view text, std::string_view source, LineEnds line_ends)
      : text_(text), source_(source), line_ends_(line_ends) {}

  /// Whether there is another record; blank lines before it are passed over.
  [[nodiscard]] bool has_more() {
    while (line_end_here() > 0) take_line_end();
    return !text_.empty();
  }
  [[nodiscard]] int line() const { return line_; }

  std::vector<std::string> record() {
    std::vector<std::string> fields{field()};
    while (!text_.empty() && text_.front() == ',') {
      text_.remove_prefix(1);
      fields.push_back(field());
    }
    take_line_end();
    return fields;
  }

 private:
  [[nodiscard]] std::size_t line_end_here() const {
    if (line_ends_ == LineEnds::are_text) return 0;
    return text_.starts_with('\n') ? 1 : text_.starts_with("\r\n") ? 2 : 0;
  }

  void take_line_end() {
    text_.remove_prefix(line_end_here());
    ++line_;
  }

  std::string field() { return text_.starts_with('"') ? quoted() : plain(); }

  std::string plain() {
    std::string value;
    while (!text_.empty() && text_.front() != ',' && line_end_here() == 0) {
      value += text_.front();
      text_.remove_prefix(1);
    }
    return value;
  }

  std::string quoted() {
    std::string value;
    const int start = line_;
    for (text_.remove_prefix(1);;) {
      const auto quote = text_.find('"');
      if (quote == std::string_view::npos) refuse(start, "a quoted value does not end");
      const auto part = text_.substr(0, quote);
      line_ += static_cast<int>(std::count(part.begin(), part.end(), '\n'));
      value += part;
      text_.remove_prefix(quote + 1);
      if (!text_.starts_with('"')) break;
      value += '"';
      text_.remove_prefix(1);
    }
    if (!text_.empty() && text_.front() != ',' && line_end_here() == 0) {
      refuse(start, "something stands between a closing quote and the next comma");
    }
    return value;
  }

  [[noreturn]] void refuse(int line, const std::string& fault) const {
    const auto place = line_ends_ == LineEnds::are_text ? "" : ", line " + std::to_string(line);
    throw Error(ErrorKind::argument, std::string(source_) + place + ": " + fault +
                                         "; a quote within quotes is written twice");
  }

  std::string_view text_;
  std::string_view source_;
  LineEnds line_ends_;
  int line_ = 1;
};

}  // namespace

std::vector<CsvRecord> parse_csv(std::string_view text, std::string_view source) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // What Excel puts first.
  std::vector<CsvRecord> records;
  Reader reader(text, source, LineEnds::end_records);
  while (reader.has_more()) {
    const int line = reader.line();
    records.push_back({line, reader.record()});
  }
  return records;
}

std::vector<std::string> parse_record(std::string_view text) {
  return Reader(text, "\"" + std::string(text) + "\"", LineEnds::are_text).record();
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace septet
