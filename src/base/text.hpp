// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace septet {

/// The pieces between separators; "" has one empty piece, "a," has two.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

/// `text` without white space at both ends.
[[nodiscard]] std::string_view trim(std::string_view text);

[[nodiscard]] std::string join(const std::vector<std::string>& pieces, std::string_view separator);

/// Lower case, ASCII only.
[[nodiscard]] std::string lower(std::string_view text);

/// All of `text` as a decimal number, or nothing. No sign for unsigned types, never white space.
template <std::integral Number>
[[nodiscard]] std::optional<Number> parse_number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return {};
  return value;
}

}  // namespace septet
