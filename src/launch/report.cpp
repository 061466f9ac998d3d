// SPDX-License-Identifier: Apache-2.0
#include "launch/report.hpp"

#include "launch/signals.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace septet {
namespace {

using Json = nlohmann::ordered_json;

std::string place_of(const std::string& uuid, const std::vector<Slice>& slices) {
  const auto found = std::ranges::find(slices, uuid, &Slice::uuid);
  return found == slices.end() ? uuid : position(*found) + " " + uuid;
}

Json json_of(const RankExit& exit) {
  return {{"rank", exit.rank},     {"pid", exit.pid},       {"slice", exit.slice},
          {"status", exit.status}, {"signal", exit.signal}, {"last_lines", exit.last_lines}};
}

}  // namespace

std::string how_it_ended(const RankExit& exit) {
  return exit.signal != 0 ? "was killed by " + name_of_signal(exit.signal)
                          : "exited with status " + std::to_string(exit.status);
}

std::vector<std::string> root_cause(const ExitReport& report, const std::vector<Slice>& slices) {
  if (!report.first_failure) return {};
  const auto& exit = report.ranks.at(static_cast<std::size_t>(*report.first_failure));
  const bool has_lines = !exit.last_lines.empty();
  std::vector<std::string> lines{"rank " + std::to_string(exit.rank) + " on slice " +
                                 place_of(exit.slice, slices) + " (pid " +
                                 std::to_string(exit.pid) + ") " + how_it_ended(exit) +
                                 (report.ranks.size() > 1 ? ", the first to fail" : "") +
                                 (has_lines ? "; its last lines:" : "")};
  for (const auto& line : exit.last_lines) lines.push_back("  | " + line);
  return lines;
}

std::string to_json(const ExitReport& report) {
  Json json{{"version", 1}, {"status", report.status}};
  json["first_failure"] = report.first_failure ? Json(*report.first_failure) : Json();
  json["timed_out"] = report.timed_out;
  json["stopped_by"] = report.stopped_by;
  json["restarts"] = report.restarts;
  json["ranks"] = Json::array();
  for (const auto& exit : report.ranks) json["ranks"].push_back(json_of(exit));
  // A rank may write what is no UTF-8; the report is to be readable all the same.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace septet
