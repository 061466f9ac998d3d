// SPDX-License-Identifier: Apache-2.0
#include "sweep/dimension.hpp"

#include "sweep/csv.hpp"
#include "sweep/json_values.hpp"
#include <septet/error.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace septet {
namespace {

std::string joined(const std::vector<std::string>& fields) {
  if (fields.size() == 1) return fields.front();
  std::string record = csv_field(fields.front());
  for (std::size_t i = 1; i < fields.size(); ++i) record += "," + csv_field(fields[i]);
  return record;
}

std::vector<std::string> labels_of(const Axis& axis) {
  std::vector<std::string> labels;
  std::set<std::string> seen;
  for (const auto& row : axis.rows) {
    auto label = joined(row);
    if (!json_of_bytes(label).is_string()) {
      throw Error(ErrorKind::usage, "a value of \"" + joined(axis.names) +
                                        "\" is not UTF-8: a search cannot tell Optuna of it");
    }
    if (seen.insert(label).second) labels.push_back(std::move(label));
  }
  return labels;
}

void append_row(Parameters& parameters, const Axis& axis, const std::string& label) {
  const auto row = std::ranges::find(axis.rows, label, joined);
  if (row == axis.rows.end()) {
    throw Error(ErrorKind::internal, "\"" + label + "\" is no choice for " + joined(axis.names));
  }
  for (std::size_t i = 0; i < axis.names.size(); ++i) {
    parameters.push_back({axis.names[i], (*row)[i]});
  }
}

}  // namespace

std::vector<Dimension> dimensions_of(const Space& space) {
  std::vector<Dimension> dimensions;
  for (const auto& axis : space.axes) {
    dimensions.push_back({.name = joined(axis.names), .choices = labels_of(axis)});
  }
  for (const auto& random : space.random) {
    dimensions.push_back({.name = random.name,
                          .law = random.law,
                          .low = random.low,
                          .high = random.high,
                          .choices = random.choices});
  }
  return dimensions;
}

Parameters chosen_parameters(const Space& space, const std::vector<std::string>& values) {
  Parameters parameters;
  auto value = values.begin();
  for (const auto& axis : space.axes) append_row(parameters, axis, *value++);
  for (const auto& random : space.random) parameters.push_back({random.name, *value++});
  return parameters;
}

std::optional<std::vector<std::string>> chosen_values(const Space& space,
                                                      const Parameters& parameters) {
  std::vector<std::string> values;
  std::size_t next = 0;
  bool fits = true;
  const auto take = [&](const std::string& name) {
    fits = fits && next < parameters.size() && parameters[next].name == name;
    return fits ? parameters[next++].value : std::string();
  };
  for (const auto& axis : space.axes) {
    std::vector<std::string> row;
    for (const auto& name : axis.names) row.push_back(take(name));
    values.push_back(joined(row));
  }
  for (const auto& random : space.random) values.push_back(take(random.name));
  if (!fits || next != parameters.size()) return {};
  return values;
}

}  // namespace septet
