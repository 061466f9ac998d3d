// SPDX-License-Identifier: Apache-2.0
#include "sweep/results.hpp"

#include "base/file.hpp"
#include "sweep/csv.hpp"
#include "sweep/journal.hpp"
#include "sweep/json_values.hpp"
#include "sweep/report.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <set>
#include <utility>

namespace septet {
namespace {

using nlohmann::ordered_json;

/// Takes events one by one.
class Collector {
 public:
  Results results;

  void add(const Event& event) {
    if (const auto* sweep = std::get_if<SweepEvent>(&event)) add_sweep(*sweep);
    if (const auto* start = std::get_if<StartEvent>(&event)) add_start(*start);
    if (const auto* end = std::get_if<EndEvent>(&event)) add_end(*end);
  }

  Results take() {
    for (auto& [trial, result] : trials_) results.trials.push_back(std::move(result));
    return std::move(results);
  }

 private:
  void add_sweep(const SweepEvent& sweep) {
    if (results.began == 0) results.began = sweep.at;
    results.sweep = sweep;
  }

  void add_start(const StartEvent& start) {
    auto& result = trials_[start.trial];
    result.trial = start.trial;
    result.attempts = start.attempt;
    result.outcome = Outcome::stopped;  // Unless an end follows.
    result.seed = start.seed;
    result.slice = start.slice;
    result.position = start.position;
    result.parameters = start.parameters;
    result.start = start.at;
    open_[start.trial] = results.spans.size();
    results.spans.push_back({.trial = start.trial,
                             .attempt = start.attempt,
                             .position = start.position,
                             .slot = start.slot,
                             .start = start.at,
                             .end = {}});
  }

  void add_end(const EndEvent& end) {
    auto& result = trials_[end.trial];
    result.trial = end.trial;
    result.outcome = end.outcome;
    result.status = end.status;
    result.metrics = end.metrics;
    result.seconds = end.at - result.start;
    const auto open = open_.find(end.trial);
    if (open == open_.end()) return;
    results.spans[open->second].end = end.at;
    results.spans[open->second].outcome = end.outcome;
  }

  std::map<int, TrialResult> trials_;
  std::map<int, std::size_t> open_;  ///< The last span of each trial.
};

void rank(Results& results, const Ranking& ranking) {
  if (ranking.metric.empty()) return;
  std::vector<TrialResult*> ranked;
  for (auto& result : results.trials) {
    result.score = score_of(result.metrics, ranking);
    if (result.outcome == Outcome::done && result.score) ranked.push_back(&result);
  }
  std::ranges::sort(ranked, [&](const TrialResult* a, const TrialResult* b) {
    return ranks_before({a->trial, a->score}, {b->trial, b->score}, ranking.goal);
  });
  int place = 0;
  for (auto* result : ranked) result->rank = ++place;
}

std::string number(double value) {
  if (std::isnan(value)) return "nan";
  std::array<char, 32> buffer{};
  return {buffer.data(), std::to_chars(buffer.begin(), buffer.end(), value).ptr};
}

/// Names in the order in which they first occur: a changed space may have added some.
std::vector<std::string> parameter_names(const Results& results) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (const auto& result : results.trials) {
    for (const auto& each : result.parameters) {
      if (seen.insert(each.name).second) names.push_back(each.name);
    }
  }
  return names;
}

std::set<std::string> metric_names(const Results& results) {
  std::set<std::string> names;
  for (const auto& result : results.trials) {
    for (const auto& [name, metric] : result.metrics) names.insert(name);
  }
  return names;
}

std::string value_of(const Parameters& parameters, const std::string& name) {
  const auto found = std::ranges::find(parameters, name, &Parameter::name);
  return found == parameters.end() ? "" : found->value;
}

std::string csv_head(const std::vector<std::string>& parameters,
                     const std::set<std::string>& metrics) {
  std::string line = "trial,rank,outcome,status,attempts,seconds,position,slice,seed";
  for (const auto& name : parameters) line += "," + csv_field(name);
  for (const auto& name : metrics) {
    const bool taken = std::ranges::count(parameters, name) > 0;
    const auto title = taken ? "metric." + name : name;
    for (const auto& column : {title, title + ".min", title + ".max"}) {
      line += "," + csv_field(column);
    }
  }
  return line + "\n";
}

std::string csv_line(const TrialResult& result, const std::vector<std::string>& parameters,
                     const std::set<std::string>& metrics) {
  std::string line = std::to_string(result.trial) + ",";
  if (result.rank > 0) line += std::to_string(result.rank);
  line += "," + std::string(name_of(result.outcome)) + "," + std::to_string(result.status) + "," +
          std::to_string(result.attempts) + "," + number(std::round(result.seconds * 1000) / 1000) +
          "," + csv_field(result.position) + "," + csv_field(result.slice) + "," +
          std::to_string(result.seed);
  for (const auto& name : parameters) line += "," + csv_field(value_of(result.parameters, name));
  for (const auto& name : metrics) {
    const auto found = result.metrics.find(name);
    if (found == result.metrics.end()) {
      line += ",,,";
      continue;
    }
    const auto& metric = found->second;
    line += "," + number(metric.last) + "," + number(metric.least) + "," + number(metric.greatest);
  }
  return line + "\n";
}

ordered_json json_number(double value) {
  return std::isfinite(value) ? ordered_json(value) : ordered_json(nullptr);
}

ordered_json json_of(const TrialResult& result) {
  auto parameters = ordered_json::object();
  for (const auto& each : result.parameters) parameters[each.name] = json_of_value(each.value);
  auto metrics = ordered_json::object();
  for (const auto& [name, metric] : result.metrics) {
    metrics[name] = {{"last", json_number(metric.last)},
                     {"min", json_number(metric.least)},
                     {"max", json_number(metric.greatest)}};
  }
  return {{"version", 1},
          {"trial", result.trial},
          {"rank", result.rank > 0 ? ordered_json(result.rank) : ordered_json(nullptr)},
          {"outcome", name_of(result.outcome)},
          {"status", result.status},
          {"attempts", result.attempts},
          {"started", result.start},
          {"seconds", result.seconds},
          {"position", result.position},
          {"slice", result.slice},
          {"seed", result.seed},
          {"parameters", parameters},
          {"metrics", metrics}};
}

}  // namespace

Results collect(std::string_view journal, std::string_view source, const Ranking& ranking) {
  Collector collector;
  read_journal(journal, source, [&](const Event& event) { collector.add(event); });
  auto results = collector.take();
  rank(results, ranking);
  return results;
}

std::string print_csv(const Results& results) {
  const auto parameters = parameter_names(results);
  const auto metrics = metric_names(results);
  std::string text = csv_head(parameters, metrics);
  for (const auto& result : results.trials) text += csv_line(result, parameters, metrics);
  return text;
}

std::string print_jsonl(const Results& results) {
  std::string text;
  for (const auto& result : results.trials) text += json_of(result).dump() + "\n";
  return text;
}

Results write_results(const Sweep& sweep) {
  const auto journal = sweep.folder / "journal.jsonl";
  auto results = collect(read_file(journal), journal.string(), sweep.ranking);
  replace_file(sweep.folder / "results.csv", print_csv(results));
  replace_file(sweep.folder / "results.jsonl", print_jsonl(results));
  replace_file(sweep.folder / "report.html", print_report(results, sweep));
  return results;
}

}  // namespace septet
