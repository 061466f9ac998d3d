// SPDX-License-Identifier: Apache-2.0
#include "sweep/report.hpp"

#include "base/text.hpp"
#include "sweep/importance.hpp"
#include "sweep/json_values.hpp"
#include "sweep/metric_tail.hpp"
#include "sweep/report_page.hpp"
#include "sweep/trial.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace septet {
namespace {

using nlohmann::ordered_json;

// What keeps the page small enough to open, however large the sweep.
constexpr std::size_t most_trials = 5000;
constexpr std::size_t most_spans = 20000;
constexpr std::size_t most_curves = 100;
constexpr std::size_t most_points = 300;
constexpr std::size_t most_failures = 200;
constexpr std::size_t lines_of_failure = 10;

using Curve = std::vector<std::pair<double, double>>;

ordered_json number(double value) {
  return std::isfinite(value) ? ordered_json(value) : ordered_json(nullptr);
}

ordered_json number(std::optional<double> value) {
  return value ? number(*value) : ordered_json(nullptr);
}

/// Invalid UTF-8 in what trials wrote is shown as the replacement character.
std::string dump(const ordered_json& json) {
  auto text = json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  std::string safe;  // Within a script element "<" could end it.
  for (const char c : text) safe += c == '<' ? std::string("\\u003c") : std::string(1, c);
  return safe;
}

ordered_json json_of(const TrialResult& result) {
  auto parameters = ordered_json::object();
  for (const auto& each : result.parameters) parameters[each.name] = each.value;
  auto metrics = ordered_json::object();
  for (const auto& [name, metric] : result.metrics) metrics[name] = number(metric.last);
  return {{"trial", result.trial},
          {"rank", result.rank},
          {"outcome", name_of(result.outcome)},
          {"status", result.status},
          {"attempts", result.attempts},
          {"seconds", result.seconds},
          {"position", result.position},
          {"score", number(result.score)},
          {"parameters", parameters},
          {"metrics", metrics}};
}

/// Trials in the order in which a reader wants them: the best, then the others by number.
std::vector<const TrialResult*> by_rank(const Results& results) {
  std::vector<const TrialResult*> order;
  for (const auto& result : results.trials) order.push_back(&result);
  std::ranges::stable_sort(order, {}, [](const TrialResult* result) {
    return result->rank > 0 ? result->rank : std::numeric_limits<int>::max();
  });
  return order;
}

/// Every metric of one trial over its steps; without steps over the count of its reports.
std::map<std::string, Curve> curves_of(const TrialFiles& files) {
  std::map<std::string, Curve> curves;
  MetricTail tail(files);
  double count = 0;
  tail.finish([&](const Point& point) {
    const double step = point.step.value_or(count);
    for (const auto& [name, value] : point.values) curves[name].emplace_back(step, value);
    ++count;
  });
  return curves;
}

ordered_json print(const Curve& curve) {
  auto points = ordered_json::array();
  const std::size_t stride = (curve.size() + most_points - 1) / most_points;
  for (std::size_t i = 0; i < curve.size(); i += stride) {
    points.push_back({number(curve[i].first), number(curve[i].second)});
  }
  const bool last_is_in = curve.empty() || (curve.size() - 1) % stride == 0;
  if (!last_is_in) points.push_back({number(curve.back().first), number(curve.back().second)});
  return points;
}

ordered_json curves_json(const Results& results, const Sweep& sweep) {
  auto list = ordered_json::array();
  for (const auto* result : by_rank(results)) {
    if (list.size() == most_curves) break;
    auto curves = ordered_json::object();
    for (const auto& [name, curve] : curves_of({trial_folder(sweep.folder, result->trial)})) {
      if (curve.size() > 1) curves[name] = print(curve);
    }
    if (!curves.empty()) list.push_back({{"trial", result->trial}, {"curves", curves}});
  }
  return list;
}

ordered_json failures_json(const Results& results, const Sweep& sweep) {
  auto list = ordered_json::array();
  for (const auto& result : results.trials) {
    if (!is_failure(result.outcome) || list.size() == most_failures) continue;
    const TrialFiles files{trial_folder(sweep.folder, result.trial)};
    list.push_back({{"trial", result.trial}, {"lines", last_lines(files, lines_of_failure)}});
  }
  return list;
}

ordered_json spans_json(const Results& results) {
  auto list = ordered_json::array();
  for (const auto& span : results.spans) {
    if (list.size() == most_spans) break;
    list.push_back({{"trial", span.trial},
                    {"attempt", span.attempt},
                    {"position", span.position},
                    {"slot", span.slot},
                    {"start", span.start},
                    {"end", number(span.end)},
                    {"outcome", name_of(span.outcome)}});
  }
  return list;
}

ordered_json importance_json(const Results& results) {
  auto list = ordered_json::array();
  for (const auto& each : importance_of(results)) {
    list.push_back({{"name", each.name}, {"share", each.share}});
  }
  return list;
}

ordered_json data_of(const Results& results, const Sweep& sweep) {
  auto trials = ordered_json::array();
  for (const auto* result : by_rank(results)) {
    if (trials.size() == most_trials) break;
    trials.push_back(json_of(*result));
  }
  auto command = ordered_json::array();
  for (const auto& word : results.sweep.command) command.push_back(word);
  return {{"command", command},
          {"total", results.sweep.trials},
          {"metric", sweep.ranking.metric},
          {"goal", sweep.ranking.goal == Goal::min ? "min" : "max"},
          {"score", sweep.ranking.score == Score::last ? "last" : "best"},
          {"trials", trials},
          {"curves", curves_json(results, sweep)},
          {"spans", spans_json(results)},
          {"importance", importance_json(results)},
          {"failures", failures_json(results, sweep)}};
}

}  // namespace

std::string print_report(const Results& results, const Sweep& sweep) {
  std::string page(report_page);
  constexpr std::string_view place = "{{data}}";
  page.replace(page.find(place), place.size(), dump(data_of(results, sweep)));
  return page;
}

}  // namespace septet
