// SPDX-License-Identifier: Apache-2.0
#include "sweep/metrics.hpp"

#include "base/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace septet {
namespace {

using nlohmann::json;

constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

/// Python's NaN, Infinity and -Infinity outside of strings as null, so that a parser takes them.
std::string without_python_words(std::string_view line) {
  std::string result;
  bool in_string = false;
  for (std::size_t i = 0; i < line.size();) {
    const auto rest = line.substr(i);
    const auto word = {"NaN", "Infinity", "-Infinity"};
    const auto found = std::find_if(word.begin(), word.end(), [&](std::string_view each) {
      return !in_string && rest.starts_with(each);
    });
    if (found != word.end()) {
      result += "null";
      i += std::string_view(*found).size();
      continue;
    }
    if (line[i] == '"') in_string = !in_string;
    const std::size_t taken = in_string && line[i] == '\\' && i + 1 < line.size() ? 2 : 1;
    result += line.substr(i, taken);
    i += taken;
  }
  return result;
}

/// The lesser or greater of two numbers, where NaN is none.
double lesser(double a, double b) { return std::fmin(a, b); }
double greater(double a, double b) { return std::fmax(a, b); }

}  // namespace

std::optional<Point> parse_point(std::string_view line) {
  line = trim(line);
  if (!line.starts_with('{') || !line.ends_with('}')) return {};
  const auto object = json::parse(without_python_words(line), nullptr, false);
  if (!object.is_object()) return {};
  Point point;
  for (const auto& [name, value] : object.items()) {
    if (!value.is_number() && !value.is_null()) continue;
    const double number = value.is_null() ? no_number : value.get<double>();
    if (name == "step") {
      if (std::isfinite(number)) point.step = number;
    } else {
      point.values.emplace(name, std::isfinite(number) ? number : no_number);
    }
  }
  if (point.values.empty()) return {};
  return point;
}

void add_point(Metrics& metrics, const Point& point) {
  for (const auto& [name, value] : point.values) {
    auto& metric = metrics.try_emplace(name, Metric{value, value, value}).first->second;
    metric = {value, lesser(metric.least, value), greater(metric.greatest, value)};
  }
}

void LineFeed::feed(std::string_view piece, const std::function<void(std::string_view)>& on_line) {
  for (auto end = piece.find('\n'); end != std::string_view::npos; end = piece.find('\n')) {
    partial_ += piece.substr(0, std::min(end, longest_line + 1));
    finish(on_line);
    piece.remove_prefix(end + 1);
  }
  partial_ += piece.substr(0, longest_line + 1);
  if (partial_.size() > longest_line) {
    too_long_ = true;
    partial_.clear();
  }
}

void LineFeed::finish(const std::function<void(std::string_view)>& on_line) {
  if (!too_long_ && !partial_.empty() && partial_.size() <= longest_line) on_line(partial_);
  partial_.clear();
  too_long_ = false;
}

std::optional<double> score_of(const Metrics& metrics, const Ranking& ranking) {
  const auto found = metrics.find(ranking.metric);
  if (found == metrics.end()) return {};
  if (ranking.score == Score::last) return found->second.last;
  return ranking.goal == Goal::min ? found->second.least : found->second.greatest;
}

bool is_better(std::optional<double> a, std::optional<double> b, Goal goal) {
  const bool a_counts = a && !std::isnan(*a);
  const bool b_counts = b && !std::isnan(*b);
  if (!a_counts || !b_counts) return a_counts != b_counts ? a_counts : a && !b;
  return goal == Goal::min ? *a < *b : *a > *b;
}

}  // namespace septet
