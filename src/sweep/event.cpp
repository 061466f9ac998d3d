// SPDX-License-Identifier: Apache-2.0
#include "sweep/event.hpp"

#include "discover/strict_json.hpp"
#include "sweep/json_values.hpp"
#include <septet/error.hpp>

#include <nlohmann/json.hpp>

#include <chrono>
#include <cmath>
#include <limits>
#include <utility>

namespace septet {
namespace {

using nlohmann::ordered_json;

/// Of the lines below. A reader refuses newer ones instead of misreading them.
constexpr int journal_version = 1;

ordered_json number_or_null(double number) {
  return std::isfinite(number) ? ordered_json(number) : ordered_json(nullptr);
}

double number_of(const ordered_json& value) {
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

/// Members that are numbered, and text that may be any bytes.
int natural(const ordered_json& json, const char* name) {
  const int number = whole_number<int>(json.at(name));
  if (number < 1) throw Error(ErrorKind::argument, std::string("\"") + name + "\" is below 1");
  return number;
}

ordered_json print_words(const std::vector<std::string>& words) {
  auto list = ordered_json::array();
  for (const auto& word : words) list.push_back(json_of_bytes(word));
  return list;
}

ordered_json print_parameters(const Parameters& parameters) {
  auto object = ordered_json::object();
  for (const auto& each : parameters) object[each.name] = json_of_bytes(each.value);
  return object;
}

ordered_json print_metrics(const Metrics& metrics) {
  auto object = ordered_json::object();
  for (const auto& [name, metric] : metrics) {
    object[name] = {number_or_null(metric.last), number_or_null(metric.least),
                    number_or_null(metric.greatest)};
  }
  return object;
}

ordered_json to_json(const SweepEvent& event) {
  return {
      {"event", "sweep"},     {"version", journal_version}, {"command", print_words(event.command)},
      {"space", event.space}, {"trials", event.trials},     {"seed", event.seed},
      {"at", event.at}};
}

ordered_json to_json(const StartEvent& event) {
  return {{"event", "start"},
          {"trial", event.trial},
          {"attempt", event.attempt},
          {"slice", event.slice},
          {"position", event.position},
          {"slot", event.slot},
          {"seed", event.seed},
          {"parameters", print_parameters(event.parameters)},
          {"at", event.at}};
}

ordered_json to_json(const EndEvent& event) {
  return {{"event", "end"},
          {"trial", event.trial},
          {"attempt", event.attempt},
          {"outcome", name_of(event.outcome)},
          {"status", event.status},
          {"metrics", print_metrics(event.metrics)},
          {"at", event.at}};
}

SweepEvent sweep_event(const ordered_json& json) {
  if (whole_number<int>(json.at("version")) > journal_version) {
    throw Error(ErrorKind::argument, "it was written by a newer Septet: use that one");
  }
  SweepEvent event{.command = {},
                   .space = json.at("space").get<std::string>(),
                   .trials = whole_number<std::uint64_t>(json.at("trials")),
                   .seed = whole_number<std::uint64_t>(json.at("seed")),
                   .at = json.at("at").get<double>()};
  for (const auto& word : json.at("command")) event.command.push_back(bytes_of(word));
  return event;
}

StartEvent start_event(const ordered_json& json) {
  StartEvent event{.trial = natural(json, "trial"),
                   .attempt = natural(json, "attempt"),
                   .slice = json.at("slice").get<std::string>(),
                   .position = json.at("position").get<std::string>(),
                   .slot = natural(json, "slot"),
                   .seed = whole_number<std::uint32_t>(json.at("seed")),
                   .parameters = {},
                   .at = json.at("at").get<double>()};
  for (const auto& [name, value] : json.at("parameters").items()) {
    event.parameters.push_back({name, bytes_of(value)});
  }
  return event;
}

Outcome outcome_of(const std::string& word) {
  for (const auto outcome : all_outcomes) {
    if (name_of(outcome) == word) return outcome;
  }
  throw Error(ErrorKind::argument, "\"" + word + "\" is no outcome");
}

EndEvent end_event(const ordered_json& json) {
  EndEvent event{.trial = natural(json, "trial"),
                 .attempt = natural(json, "attempt"),
                 .outcome = outcome_of(json.at("outcome").get<std::string>()),
                 .status = whole_number<int>(json.at("status")),
                 .metrics = {},
                 .at = json.at("at").get<double>()};
  for (const auto& [name, values] : json.at("metrics").items()) {
    event.metrics.emplace(
        name, Metric{number_of(values.at(0)), number_of(values.at(1)), number_of(values.at(2))});
  }
  return event;
}

}  // namespace

double seconds_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  return static_cast<double>(ms) / 1000;
}

std::string print_event(const Event& event) {
  return std::visit([](const auto& each) { return to_json(each).dump() + "\n"; }, event);
}

Event parse_event(std::string_view line) {
  try {
    const auto json = ordered_json::parse(line);
    const auto kind = json.at("event").get<std::string>();
    if (kind == "sweep") return sweep_event(json);
    if (kind == "start") return start_event(json);
    if (kind == "end") return end_event(json);
    throw Error(ErrorKind::argument, "\"" + kind + "\" is no event");
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorKind::argument, std::string("no event of a sweep: ") + error.what());
  }
}

}  // namespace septet
