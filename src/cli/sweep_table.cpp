// SPDX-License-Identifier: Apache-2.0
#include "cli/sweep_table.hpp"

#include "base/units.hpp"
#include "cli/sweep_view.hpp"
#include "cli/table.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace septet::cli {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t most_failures = 10;

Cell outcome_cell(const TrialResult& result) {
  std::string text(name_of(result.outcome));
  if (result.outcome == Outcome::failed) text += " (" + std::to_string(result.status) + ")";
  const auto paint = is_failure(result.outcome)        ? Paint::bad
                     : result.outcome == Outcome::done ? Paint::good
                                                       : Paint::notice;
  return {std::move(text), paint};
}

std::vector<Cell> row_of(const TrialResult& result, bool ranks) {
  const auto took = std::chrono::milliseconds(std::llround(result.seconds * 1000));
  std::vector<Cell> row{{std::to_string(result.trial)},
                        outcome_cell(result),
                        {format_duration(std::max(took, std::chrono::milliseconds(0)))},
                        {result.position}};
  if (ranks) {
    row.insert(row.begin(), Cell{result.rank > 0 ? std::to_string(result.rank) : ""});
    row.push_back({result.score ? number_text(*result.score) : ""});
  }
  row.push_back({parameters_text(result.parameters)});
  return row;
}

/// The ones to show: the best, or the first; then failures.
std::vector<const TrialResult*> chosen(const Results& results, bool ranks, std::size_t most) {
  std::vector<const TrialResult*> good;
  std::vector<const TrialResult*> failed;
  for (const auto& result : results.trials) {
    if (is_failure(result.outcome)) {
      if (failed.size() < most_failures) failed.push_back(&result);
    } else if (!ranks || result.rank > 0) {
      good.push_back(&result);
    }
  }
  if (ranks) std::ranges::sort(good, {}, &TrialResult::rank);
  good.resize(std::min(good.size(), most));
  good.insert(good.end(), failed.begin(), failed.end());
  return good;
}

}  // namespace

void show_results(Context& context, const Results& results, const Ranking& ranking, int most) {
  const bool ranks = !ranking.metric.empty();
  std::vector<Column> columns{{.title = "TRIAL", .right = true},
                              {.title = "OUTCOME"},
                              {.title = "TIME", .right = true},
                              {.title = "SLICE"}};
  if (ranks) {
    columns.insert(columns.begin(), Column{.title = "RANK", .right = true});
    columns.push_back({.title = ranking.metric, .right = true});
  }
  columns.push_back({.title = "PARAMETERS", .cut = true});
  Table table(std::move(columns));
  for (const auto* result : chosen(results, ranks, static_cast<std::size_t>(most))) {
    table.add(row_of(*result, ranks));
  }
  context.out << table.text(Look::of(context));
}

std::string results_json(const Results& results, const SweepReport& report) {
  auto trials = ordered_json::array();
  const auto lines = print_jsonl(results);
  for (std::size_t start = 0; start < lines.size();) {
    const auto end = lines.find('\n', start);
    auto trial = ordered_json::parse(lines.substr(start, end - start));
    trial.erase("version");
    trials.push_back(std::move(trial));
    start = end + 1;
  }
  const ordered_json summary = {{"version", 1},        {"trials", report.trials},
                                {"done", report.done}, {"failed", report.failed},
                                {"left", report.left}, {"results", trials}};
  return summary.dump(2) + "\n";
}

}  // namespace septet::cli
