// SPDX-License-Identifier: Apache-2.0
#include "sweep/json_values.hpp"

#include <septet/error.hpp>

#include <nlohmann/json.hpp>

#include <cctype>
#include <cmath>

namespace septet {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

/// Collects a flat object as text while it is parsed, so that numbers keep their spelling.
class FlatObject : public nlohmann::json_sax<json> {
 public:
  Parameters members;

  bool null() override { return value(""); }
  bool boolean(bool truth) override { return value(truth ? "true" : "false"); }
  bool number_integer(number_integer_t number) override { return value(std::to_string(number)); }
  bool number_unsigned(number_unsigned_t number) override { return value(std::to_string(number)); }
  bool number_float(number_float_t, const string_t& text) override { return value(text); }
  bool string(string_t& text) override { return value(text); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return ++depth_ == 1; }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return false; }
  bool end_array() override { return false; }
  bool key(string_t& name) override {
    members.push_back({name, ""});
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

 private:
  bool value(const std::string& text) {
    if (depth_ == 0) return false;
    members.back().value = text;
    return true;
  }
  int depth_ = 0;
};

bool is_utf8(const std::string& bytes) {
  try {
    return !json(bytes).dump().empty();
  } catch (const json::exception&) {
    return false;
  }
}

std::string hex(const std::string& bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

int hex_digit(char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  const auto place = digits.find(c);
  if (place == std::string_view::npos) {
    throw json::other_error::create(501, "no hex digit", nullptr);
  }
  return static_cast<int>(place);
}

}  // namespace

Parameters parse_flat_object(std::string_view line, const std::string& place) {
  FlatObject object;
  if (!json::sax_parse(line, &object)) {
    throw Error(ErrorKind::argument,
                place + ": not one JSON object of names with text, numbers, true, false or null");
  }
  return std::move(object.members);
}

ordered_json json_of_bytes(const std::string& bytes) {
  return is_utf8(bytes) ? ordered_json(bytes) : ordered_json{{"hex", hex(bytes)}};
}

std::string bytes_of(const ordered_json& value) {
  if (value.is_string()) return value.get<std::string>();
  const auto text = value.at("hex").get<std::string>();
  if (text.size() % 2 != 0) throw json::other_error::create(501, "half a byte", nullptr);
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes += static_cast<char>(hex_digit(text[i]) * 16 + hex_digit(text[i + 1]));
  }
  return bytes;
}

ordered_json json_of_value(const std::string& value) {
  const bool may_be_number =
      !value.empty() &&
      (std::isdigit(static_cast<unsigned char>(value.front())) != 0 || value.front() == '-');
  if (may_be_number) {
    auto number = ordered_json::parse(value, nullptr, false);
    // Whole numbers beyond 64 bits become doubles, which would lose digits: those stay text.
    const bool whole = value.find_first_of(".eE") == std::string::npos;
    if (number.is_number_integer() || (number.is_number_float() && !whole)) return number;
  }
  return json_of_bytes(value);
}

}  // namespace septet
