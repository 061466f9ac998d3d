// SPDX-License-Identifier: Apache-2.0
#include "sweep/importance.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace septet {
namespace {

constexpr std::size_t fewest_trials = 8;
constexpr std::size_t most_groups = 8;

/// The rank of a trial, under the value that it tried.
struct Case {
  std::string value;
  double rank;
};

std::optional<double> number(const std::string& text) {
  double value = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (read.ec != std::errc{} || read.ptr != end) return {};
  return value;
}

using Groups = std::vector<std::vector<double>>;

Groups by_value(const std::vector<Case>& cases) {
  std::map<std::string, std::vector<double>> groups;
  for (const auto& each : cases) groups[each.value].push_back(each.rank);
  Groups result;
  for (auto& [value, ranks] : groups) result.push_back(std::move(ranks));
  return result;
}

/// Equal parts of the cases in the order of their numbers; equal numbers stay together.
Groups by_eighths(const std::vector<Case>& cases) {
  std::vector<std::pair<double, double>> sorted;
  for (const auto& each : cases) sorted.emplace_back(number(each.value).value_or(0), each.rank);
  std::ranges::sort(sorted);
  Groups groups;
  std::size_t last_part = most_groups;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const std::size_t part = i * most_groups / sorted.size();
    const bool same = i > 0 && sorted[i].first == sorted[i - 1].first;
    if (part != last_part && !same) groups.emplace_back();
    if (!same) last_part = part;
    groups.back().push_back(sorted[i].second);
  }
  return groups;
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double epsilon_squared(const Groups& groups) {
  double count = 0;
  double sum = 0;
  double total = 0;
  double within = 0;
  for (const auto& group : groups) {
    const double centre = mean(group);
    for (const double value : group) within += (value - centre) * (value - centre);
    for (const double value : group) sum += value;
    count += static_cast<double>(group.size());
  }
  const double middle = sum / count;
  for (const auto& group : groups) {
    for (const double value : group) total += (value - middle) * (value - middle);
  }
  const auto classes = static_cast<double>(groups.size());
  if (total <= 0 || classes < 2 || count <= classes) return 0;
  const double by_chance = within / (count - classes);
  return std::clamp((total - within - (classes - 1) * by_chance) / total, 0.0, 1.0);
}

double share_of(const std::vector<Case>& cases) {
  std::set<std::string> values;
  for (const auto& each : cases) values.insert(each.value);
  const bool numbers = std::ranges::all_of(
      values, [](const std::string& value) { return number(value).has_value(); });
  const bool many = values.size() > most_groups;
  if (many && !numbers) return 0;  // Too many names to say anything of each.
  return epsilon_squared(many ? by_eighths(cases) : by_value(cases));
}

}  // namespace

std::vector<Importance> importance_of(const Results& results) {
  std::vector<std::string> names;
  std::map<std::string, std::vector<Case>> cases;
  std::size_t trials = 0;
  for (const auto& result : results.trials) {
    if (result.rank == 0) continue;
    ++trials;
    for (const auto& each : result.parameters) {
      if (!cases.contains(each.name)) names.push_back(each.name);
      cases[each.name].push_back({each.value, static_cast<double>(result.rank)});
    }
  }
  std::vector<Importance> importances;
  if (trials < fewest_trials) return importances;
  for (const auto& name : names) {
    const auto& own = cases[name];
    const bool varies =
        std::ranges::any_of(own, [&](const Case& each) { return each.value != own.front().value; });
    if (varies) importances.push_back({name, share_of(own)});
  }
  std::ranges::stable_sort(importances, std::ranges::greater{}, &Importance::share);
  return importances;
}

}  // namespace septet
