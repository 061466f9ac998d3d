// SPDX-License-Identifier: Apache-2.0
#include "sweep/sources.hpp"

#include "base/file.hpp"
#include <septet/error.hpp>

#include <algorithm>
#include <iterator>

namespace septet {
namespace {

bool is_separator(const std::string& word) {
  return word == ":::" || word == ":::+" || word == "::::" || word == "::::+";
}

Axis lines_of_files(const std::vector<std::string>& files, const std::string& name) {
  Axis axis{.names = {name}, .rows = {}};
  for (const auto& file : files) {
    auto lines = parse_lines(read_file(file), name);
    std::move(lines.rows.begin(), lines.rows.end(), std::back_inserter(axis.rows));
  }
  return axis;
}

Axis axis_of(const std::string& separator, const std::vector<std::string>& words,
             const std::string& name) {
  if (separator.starts_with("::::")) return lines_of_files(words, name);
  Axis axis{.names = {name}, .rows = {}};
  for (const auto& word : words) axis.rows.push_back({word});
  return axis;
}

}  // namespace

std::vector<Axis> take_sources(std::vector<std::string>& command) {
  std::vector<Axis> axes;
  const auto first = std::ranges::find_if(command, is_separator);
  auto at = first;
  for (int number = 1; at != command.end(); ++number) {
    const auto separator = *at;
    const auto end = std::find_if(at + 1, command.end(), is_separator);
    auto axis = axis_of(separator, {at + 1, end}, std::to_string(number));
    if (axis.rows.empty()) {
      throw Error(ErrorKind::usage, "nothing follows \"" + separator + "\": give it values");
    }
    if (separator.ends_with('+') && !axes.empty()) {
      axes.back() = link({axes.back(), axis});
    } else {
      axes.push_back(std::move(axis));
    }
    at = end;
  }
  command.erase(first, command.end());
  return axes;
}

}  // namespace septet
