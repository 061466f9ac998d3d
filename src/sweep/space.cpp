// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "sweep/draw.hpp"
#include <septet/error.hpp>
#include <septet/space.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <limits>
#include <set>

namespace septet {
namespace {

constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view digits = "0123456789";

/// Trials are numbered by int, and one past the last must be one too.
constexpr std::uint64_t most_trials = std::numeric_limits<int>::max() - 1;

[[noreturn]] void refuse(const std::string& message) { throw Error(ErrorKind::usage, message); }

bool is_name(std::string_view name) {
  const std::string start = std::string(letters) + std::string(digits) + "_";
  return !name.empty() && start.find(name.front()) != std::string::npos &&
         name.find_first_not_of(start + ".-") == std::string_view::npos;
}

bool is_reserved(std::string_view name) {
  constexpr std::array<std::string_view, 5> reserved{"trial", "slice", "seed", "slot", "folder"};
  return std::find(reserved.begin(), reserved.end(), name) != reserved.end();
}

void check_names(const std::vector<std::string>& names) {
  std::set<std::string> seen;
  std::set<std::string> variables;
  for (const auto& name : names) {
    if (!is_name(name)) {
      refuse("\"" + name +
             "\" is no name for a parameter: use letters, digits, \"_\", \".\", \"-\"");
    }
    if (is_reserved(name)) refuse("the name \"" + name + "\" is Septet's own: take another");
    if (!seen.insert(name).second) refuse("the parameter \"" + name + "\" is given twice");
    if (!variables.insert(variable_name(name)).second) {
      refuse("two parameters would both be SEPTET_TRIAL_" + variable_name(name) + ": rename one");
    }
  }
}

/// How often the axes are gone through; more than once makes sense with random values or seeds.
std::uint64_t combinations(const Space& space) {
  std::uint64_t count = 1;
  for (const auto& axis : space.axes) {
    if (axis.rows.empty()) return 0;
    if (count > most_trials / axis.rows.size()) return most_trials + 1;
    count *= axis.rows.size();
  }
  return count;
}

}  // namespace

Axis link(const std::vector<Axis>& lists) {
  Axis linked = lists.front();
  for (std::size_t i = 1; i < lists.size(); ++i) {
    const auto& list = lists[i];
    if (list.rows.size() != linked.rows.size()) {
      refuse("lists go together value by value, but \"" + linked.names.front() + "\" has " +
             std::to_string(linked.rows.size()) + " and \"" + list.names.front() + "\" " +
             std::to_string(list.rows.size()) + "; for all combinations use --grid");
    }
    linked.names.insert(linked.names.end(), list.names.begin(), list.names.end());
    for (std::size_t row = 0; row < linked.rows.size(); ++row) {
      linked.rows[row].insert(linked.rows[row].end(), list.rows[row].begin(), list.rows[row].end());
    }
  }
  return linked;
}

std::vector<std::string> names_of(const Space& space) {
  std::vector<std::string> names;
  for (const auto& axis : space.axes) {
    names.insert(names.end(), axis.names.begin(), axis.names.end());
  }
  for (const auto& parameter : space.random) names.push_back(parameter.name);
  return names;
}

void check(const Space& space) {
  check_names(names_of(space));
  const auto count = combinations(space);
  if (names_of(space).empty()) {
    refuse("nothing to try: give --grid, --list, --random, --from, \":::\" or lines on stdin");
  }
  if (count == 0 || space.draws == 0) refuse("nothing to try: there are no values");
  const auto each = space.searched ? 1 : count;
  if (each > most_trials / space.draws) refuse("more trials than can be numbered (2^31 - 2)");
}

std::size_t size_of(const Space& space) {
  return space.searched ? space.draws : combinations(space) * space.draws;
}

Parameters parameters_of(const Space& space, std::size_t index) {
  Parameters parameters;
  // Axes by mixed radix, the last one being the lowest digit; draws are above them all.
  std::size_t below = combinations(space);
  for (const auto& axis : space.axes) {
    const auto rows = axis.rows.size();
    // NOLINTNEXTLINE(clang-analyzer-core.DivideZero): check() has refused an axis without values.
    const std::size_t place = index % below / (below / rows);
    below /= rows;
    for (std::size_t i = 0; i < axis.names.size(); ++i) {
      parameters.push_back({axis.names[i], axis.rows[place][i]});
    }
  }
  for (const auto& parameter : space.random) {
    parameters.push_back({parameter.name, draw(parameter, space.seed, index)});
  }
  return parameters;
}

std::uint32_t seed_of(const Space& space, int trial) {
  const auto bits = random_bits(space.seed, "{seed}", static_cast<std::uint64_t>(trial));
  return static_cast<std::uint32_t>(bits >> 33);
}

std::string digest_of(const Space& space) {
  Digest digest;
  for (const auto& axis : space.axes) {
    digest.add(axis.names.size());
    digest.add(axis.rows.size());
    for (const auto& name : axis.names) digest.add(name);
    for (const auto& row : axis.rows) {
      for (const auto& value : row) digest.add(value);
    }
  }
  for (const auto& parameter : space.random) {
    digest.add(parameter.name);
    digest.add(static_cast<std::uint64_t>(parameter.law));
    std::array<char, 64> bounds{};
    std::snprintf(bounds.data(), bounds.size(), "%a %a", parameter.low, parameter.high);
    digest.add(bounds.data());
    for (const auto& choice : parameter.choices) digest.add(choice);
  }
  digest.add(space.draws);
  digest.add(space.seed);
  if (space.searched) digest.add("searched");
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx",
                static_cast<unsigned long long>(digest.value()));
  return text.data();
}

std::string variable_name(std::string_view name) {
  std::string variable;
  for (const char c : name) {
    const bool letter_or_digit =
        letters.find(c) != std::string_view::npos || digits.find(c) != std::string_view::npos;
    const bool small = c >= 'a' && c <= 'z';
    variable += !letter_or_digit ? '_' : small ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return variable;
}

}  // namespace septet
