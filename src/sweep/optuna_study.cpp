// SPDX-License-Identifier: Apache-2.0
#include "sweep/optuna_study.hpp"

#include "sweep/bridge_program.hpp"
#include "sweep/dimension.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <chrono>
#include <cmath>
#include <string_view>

namespace septet {
namespace {

using nlohmann::json;

std::string_view word_of(Law law) {
  constexpr std::array<std::string_view, 4> words{"uniform", "loguniform", "randint", "choice"};
  return words[static_cast<std::size_t>(law)];
}

json question_of(const std::vector<Dimension>& dimensions) {
  auto list = json::array();
  for (const auto& each : dimensions) {
    list.push_back({{"name", each.name},
                    {"law", word_of(each.law)},
                    {"low", each.low},
                    {"high", each.high},
                    {"choices", each.choices}});
  }
  return list;
}

/// A file is SQLite's; anything else is written as SQLAlchemy has it.
std::string storage_of(const std::string& given) {
  if (given.find("://") != std::string::npos) return given;
  return "sqlite:///" + std::filesystem::absolute(given).string();
}

/// Tells one sweep from others in the same study, however often it is resumed.
std::string identity_of(const Results& results) {
  const auto began = std::llround(results.began * 1000);
  return std::to_string(began);
}

json number_or_null(std::optional<double> number) {
  return number && std::isfinite(*number) ? json(*number) : json(nullptr);
}

}  // namespace

OptunaStudy::OptunaStudy(const Sweep& sweep)
    : sweep_(sweep),
      bridge_({.python = sweep.search->python,
               .text = bridge_program,
               .whose = "Optuna",
               // To load Optuna from a slow network disk takes long; an answer after that does not.
               .log = sweep.folder / "optuna.log"},
              sweep.environment) {
  const auto& search = *sweep_.search;
  bridge_.ask({{"op", "open"},
               {"storage", storage_of(search.storage)},
               {"study", search.study},
               {"sampler", search.sampler},
               {"pruner", search.pruner},
               {"goal", sweep_.ranking.goal == Goal::min ? "min" : "max"},
               {"metric", sweep_.ranking.metric},
               {"seed", sweep_.space.seed},
               {"dimensions", question_of(dimensions_of(sweep_.space))}});
}

void OptunaStudy::join(const Results& before) {
  exchange({{"op", "join"}, {"sweep", identity_of(before)}});
  for (const auto& trial : before.trials) {
    parameters_[trial.trial] = trial.parameters;
    if (is_own_end(trial.outcome)) tell(trial);
  }
}

std::optional<Parameters> OptunaStudy::ask(int trial) {
  json question{{"op", "ask"}, {"trial", trial}};
  const auto known = parameters_.find(trial);
  if (known != parameters_.end()) {
    const auto values = chosen_values(sweep_.space, known->second);
    if (values) question["values"] = *values;
  }
  const auto answer = exchange(question);
  if (!answer) return {};
  steps_.erase(trial);
  return parameters_[trial] = chosen_parameters(sweep_.space, answer->at("values"));
}

bool OptunaStudy::prunes(int trial, const std::vector<Point>& points) {
  auto list = json::array();
  for (const auto& point : points) {
    const auto value = point.values.find(sweep_.ranking.metric);
    if (value == point.values.end()) continue;
    auto& step = steps_.try_emplace(trial, 0).first->second;
    step = point.step.value_or(step + 1);
    if (step >= 0) list.push_back({std::floor(step), number_or_null(value->second)});
  }
  if (list.empty()) return false;
  const auto answer =
      exchange({{"op", "report"}, {"trial", trial}, {"points", list}, {"prunes", has_pruner()}});
  return answer && answer->value("prune", false);
}

void OptunaStudy::tell(const TrialEnd& end) {
  if (!is_own_end(end.outcome) || end.again) return;
  const double seconds = std::chrono::duration<double>(end.took).count();
  tell(TrialResult{.trial = end.trial,
                   .attempts = end.attempt,
                   .outcome = end.outcome,
                   .slice = {},
                   .position = end.position,
                   .parameters = end.parameters,
                   .metrics = {},
                   .start = seconds_now() - seconds,
                   .seconds = seconds,
                   .score = end.metric});
}

void OptunaStudy::tell(const TrialResult& result) {
  const auto values = chosen_values(sweep_.space, result.parameters);
  if (!values) return;  // It ran before the space was changed.
  exchange({{"op", "tell"},
            {"trial", result.trial},
            {"attempt", result.attempts},
            {"outcome", name_of(result.outcome)},
            {"value", number_or_null(result.score)},
            {"values", *values},
            {"position", result.position},
            {"start", result.start},
            {"end", result.start + result.seconds}});
  if (!is_failure(result.outcome)) parameters_.erase(result.trial);
}

std::optional<json> OptunaStudy::exchange(const json& question) {
  if (fault_) return {};
  try {
    return bridge_.ask(question);
  } catch (const Error& error) {
    fault_.emplace(ErrorKind::system, std::string(error.what()) + "; --resume goes on");
    return {};
  }
}

}  // namespace septet
