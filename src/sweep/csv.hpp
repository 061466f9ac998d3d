// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace septet {

/// A record of a CSV text and the line on which it starts.
struct CsvRecord {
  int line = 1;
  std::vector<std::string> fields;
};

/// The records of a text as RFC 4180 has them, LF or CRLF, blank lines left out. A field that
/// starts with a double quote ends with one, and a doubled one in it is one; anywhere else a quote
/// is a character as others are. Throws Error `argument` with `source` and the line.
[[nodiscard]] std::vector<CsvRecord> parse_csv(std::string_view text, std::string_view source);

/// The fields of one record, in which line ends are characters as others are. Throws Error
/// `argument` that names the text.
[[nodiscard]] std::vector<std::string> parse_record(std::string_view text);

/// A field that reads back as `text`: quoted if need be.
[[nodiscard]] std::string csv_field(std::string_view text);

}  // namespace septet
