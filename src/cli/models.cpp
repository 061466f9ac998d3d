// SPDX-License-Identifier: Apache-2.0
#include "cli/models.hpp"

#include "base/units.hpp"
#include "discover/catalogue.hpp"

#include <nlohmann/json.hpp>

namespace septet::cli {
namespace {

using nlohmann::json;

constexpr int json_version = 1;

std::uint64_t bytes_of(int mib) { return static_cast<std::uint64_t>(mib) << 20; }

json json_of(const Engines& engines) {
  return {{"copy", engines.copy},
          {"decode", engines.decode},
          {"encode", engines.encode},
          {"jpeg", engines.jpeg},
          {"ofa", engines.ofa}};
}

json json_of(const GpuProfile& profile) {
  auto starts = json::array();
  for (int place = 0; place < profile.places; ++place) {
    starts.push_back(place * profile.memory_slices);
  }
  return {{"name", profile.name},
          {"id", profile.id},
          {"compute_slices", profile.compute_slices},
          {"memory_slices", profile.memory_slices},
          {"memory_bytes", bytes_of(profile.memory_mib)},
          {"multiprocessors", profile.multiprocessors},
          {"max_instances", profile.max_instances},
          {"starts", starts},
          {"engines", json_of(profile.engines)}};
}

json json_of(const GpuModel& model) {
  auto profiles = json::array();
  for (const auto& profile : model.profiles) profiles.push_back(json_of(profile));
  return {{"name", model.name},
          {"aliases", model.aliases},
          {"device_name", model.device_name},
          {"memory_bytes", bytes_of(model.memory_mib)},
          {"multiprocessors", model.multiprocessors},
          {"compute_slices", model.compute_slices},
          {"memory_slices", model.memory_slices},
          {"mig_needs_reset", model.mig_needs_reset},
          {"engines", json_of(model.engines)},
          {"profiles", profiles},
          {"sources", model.sources}};
}

}  // namespace

std::string models_table(const Look& look) {
  Table table({{.title = "MODEL"},
               {.title = "DEVICE", .cut = true},
               {.title = "MEMORY", .right = true},
               {.title = "PROFILE"},
               {.title = "SLICE", .right = true},
               {.title = "SMS", .right = true},
               {.title = "MOST", .right = true}});
  for (const auto& model : gpu_models()) {
    std::vector<Cell> row{{std::string(model.name), Paint::bold},
                          {std::string(model.device_name)},
                          {format_bytes(bytes_of(model.memory_mib))}};
    for (const auto& profile : model.profiles) {
      row.resize(3);
      row.push_back({std::string(profile.name)});
      row.push_back({format_bytes(bytes_of(profile.memory_mib))});
      row.push_back({std::to_string(profile.multiprocessors)});
      row.push_back({std::to_string(profile.max_instances)});
      table.add(row);
      row.assign(3, {});  // The model stands beside its first profile only.
    }
  }
  return table.text(look);
}

std::string models_json() {
  auto models = json::array();
  for (const auto& model : gpu_models()) models.push_back(json_of(model));
  return json{{"version", json_version}, {"models", models}}.dump(2) + "\n";
}

}  // namespace septet::cli
