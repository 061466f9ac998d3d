// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "sweep/csv.hpp"
#include "sweep/json_values.hpp"
#include <septet/error.hpp>
#include <septet/space.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

namespace septet {
namespace {

/// Below this, every whole number is a double of its own.
constexpr double whole_limit = 0x1p53;

[[noreturn]] void refuse(std::string_view text, const std::string& wanted) {
  throw Error(ErrorKind::argument, "\"" + std::string(text) + "\" " + wanted);
}

/// What stands before and behind the first "=".
std::pair<std::string, std::string_view> name_and_rest(std::string_view text,
                                                       const std::string& example) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) refuse(text, "names nothing: " + example);
  return {std::string(trim(text.substr(0, equals))), text.substr(equals + 1)};
}

std::optional<Law> law_of(std::string_view word) {
  if (word == "uniform") return Law::uniform;
  if (word == "loguniform") return Law::loguniform;
  if (word == "randint") return Law::randint;
  if (word == "choice") return Law::choice;
  return {};
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  text = trim(text);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return {};
  return value;
}

bool are_bounds(Law law, double low, double high) {
  if (!(low <= high) || !std::isfinite(high - low)) return false;
  if (law == Law::loguniform) return low > 0;
  if (law != Law::randint) return true;
  return low == std::floor(low) && high == std::floor(high) && std::fabs(low) < whole_limit &&
         std::fabs(high) < whole_limit;
}

void take_bounds(RandomParameter& parameter, std::string_view arguments, std::string_view text) {
  const auto pieces = split(arguments, ',');
  const auto low = number(pieces.front());
  const auto high = number(pieces.back());
  if (pieces.size() != 2 || !low || !high || !are_bounds(parameter.law, *low, *high)) {
    refuse(text,
           "needs a lowest and a highest value, as in lr=loguniform(1e-5,1e-1); loguniform wants "
           "them above 0, randint whole");
  }
  parameter.low = *low;
  parameter.high = *high;
}

Axis axis_of(std::vector<CsvRecord> records, std::string_view source) {
  Axis axis;
  if (records.empty()) refuse(source, "is empty: its first line must name the columns");
  for (auto& name : records.front().fields) axis.names.emplace_back(trim(name));
  for (std::size_t i = 1; i < records.size(); ++i) {
    auto& record = records[i];
    if (record.fields.size() != axis.names.size()) {
      throw Error(ErrorKind::argument, std::string(source) + ", line " +
                                           std::to_string(record.line) + ": " +
                                           std::to_string(record.fields.size()) + " values for " +
                                           std::to_string(axis.names.size()) + " columns");
    }
    axis.rows.push_back(std::move(record.fields));
  }
  return axis;
}

/// One row in the order of the names of the first object.
std::vector<std::string> row_of(Parameters object, const Axis& axis, const std::string& place) {
  std::vector<std::string> row;
  for (const auto& name : axis.names) {
    for (auto& parameter : object) {
      if (parameter.name == name) row.push_back(std::move(parameter.value));
    }
  }
  if (row.size() != axis.names.size() || object.size() != axis.names.size()) {
    throw Error(ErrorKind::argument, place + ": other names than the first line has");
  }
  return row;
}

Axis axis_of_objects(std::string_view text, std::string_view source) {
  Axis axis;
  int number_of_line = 0;
  for (const auto line : split(text, '\n')) {
    const auto place = std::string(source) + ", line " + std::to_string(++number_of_line);
    if (trim(line).empty()) continue;
    auto object = parse_flat_object(line, place);
    if (axis.names.empty()) {
      for (const auto& parameter : object) axis.names.push_back(parameter.name);
    }
    axis.rows.push_back(row_of(std::move(object), axis, place));
  }
  return axis;
}

}  // namespace

Axis parse_axis(std::string_view text) {
  const auto [name, values] = name_and_rest(text, "write lr=1e-3,1e-4");
  Axis axis{.names = {name}, .rows = {}};
  for (auto& value : parse_record(values)) axis.rows.push_back({std::move(value)});
  return axis;
}

RandomParameter parse_random(std::string_view text) {
  const std::string example = "write lr=loguniform(1e-5,1e-1)";
  const auto [name, rest] = name_and_rest(text, example);
  const auto open = rest.find('(');
  const auto law = law_of(trim(rest.substr(0, open)));
  const auto close = trim(rest);
  if (!law || open == std::string_view::npos || !close.ends_with(')')) {
    refuse(text,
           "is none of uniform(a,b), loguniform(a,b), randint(a,b), choice(x,y,…): " + example);
  }
  const auto arguments = rest.substr(open + 1, rest.rfind(')') - open - 1);
  RandomParameter parameter{.name = name, .law = *law, .choices = {}};
  if (*law == Law::choice) {
    parameter.choices = parse_record(arguments);
  } else {
    take_bounds(parameter, arguments, text);
  }
  return parameter;
}

Axis parse_table(std::string_view text, std::string_view source) {
  if (trim(text).starts_with('{')) return axis_of_objects(text, source);
  return axis_of(parse_csv(text, source), source);
}

Axis parse_lines(std::string_view text, std::string_view name) {
  Axis axis{.names = {std::string(name)}, .rows = {}};
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.empty()) return axis;
  for (const auto line : split(text, '\n')) axis.rows.push_back({std::string(line)});
  return axis;
}

}  // namespace septet
