// SPDX-License-Identifier: Apache-2.0
#include "cli/bench_tuning.hpp"

#include "base/file.hpp"
#include "bench/tuning.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace septet::cli {
namespace {

std::vector<bench::Trial> trials_of(const nlohmann::ordered_json& rows) {
  std::vector<bench::Trial> trials;
  for (const auto& row : rows) {
    const auto& figures = row.at("in_place");
    if (!figures.is_object() || figures.contains("refused")) continue;
    trials.push_back(
        {.bytes = row.at("bytes"), .candidate = row.at("library"), .us = figures.at("p50_us")});
  }
  return trials;
}

/// Who found it: the machine, its devices and when.
std::string origin_of(const nlohmann::ordered_json& content) {
  const auto& machine = content.at("machine");
  std::string text = machine.at("name").get<std::string>() + ", " +
                     machine.at("processor").get<std::string>() + ", " +
                     std::to_string(machine.at("processors").get<long>()) + " processors";
  if (content.contains("gpus")) {
    for (const auto& gpu : content.at("gpus")) text += ", " + gpu.get<std::string>();
    text += ", driver " + content.at("driver").get<std::string>();
  }
  return text + "; " + content.at("time").get<std::string>() + ", septet " +
         content.at("septet").get<std::string>() +
         "; p50 of all_reduce, float32, in place, and what it was as usual";
}

}  // namespace

void require_table(const std::filesystem::path& file) {
  const auto text = try_read_file(file);
  if (text && !text->empty()) static_cast<void>(parse_tuning(*text, file.string()));
}

void write_tuning(const std::filesystem::path& file, const BenchDocument& document) {
  const auto& content = document.content();
  const auto place = content.at("buffers") == "host" ? BufferPlace::host : BufferPlace::device;
  const auto lines = bench::best_of(trials_of(content.at("rows")), place, content.at("ranks"));
  const auto before = try_read_file(file).value_or("");
  replace_file(file, bench::with_lines(before, file.string(), lines, origin_of(content)));
}

}  // namespace septet::cli
