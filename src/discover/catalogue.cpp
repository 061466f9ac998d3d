// SPDX-License-Identifier: Apache-2.0
#include "discover/catalogue.hpp"

#include "base/text.hpp"
#include <septet/error.hpp>

#include <algorithm>
#include <numeric>
#include <utility>

namespace septet {
namespace {

/// The letters and digits that tell models apart: "NVIDIA A100-SXM4-40GB" is "a100sxm440gb".
std::string key_of(std::string_view name) {
  std::string key = lower(name);
  std::erase_if(key, [](char c) { return c == '-' || c == '_' || c == ' '; });
  constexpr std::string_view maker = "nvidia";
  return key.starts_with(maker) ? key.substr(maker.size()) : key;
}

bool is_named(const GpuModel& model, const std::string& key) {
  return key_of(model.name) == key || key_of(model.device_name) == key ||
         std::ranges::any_of(model.aliases, [&](auto alias) { return key_of(alias) == key; });
}

/// Levenshtein's distance: single letters to insert, drop or change.
std::size_t edits_between(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), 0U);
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < to.size(); ++j) {
      const auto changed = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

std::size_t edits_to(const GpuModel& model, const std::string& key) {
  auto least = edits_between(key, key_of(model.name));
  for (const auto alias : model.aliases) {
    least = std::min(least, edits_between(key, key_of(alias)));
  }
  return least;
}

const GpuModel& nearest_to(const std::string& key) {
  return *std::ranges::min_element(gpu_models(), {},
                                   [&](const GpuModel& model) { return edits_to(model, key); });
}

std::string model_names() {
  std::vector<std::string> names;
  for (const auto& model : gpu_models()) names.emplace_back(model.name);
  return join(names, ", ");
}

nvml::ComputeInstanceProfile kind_of(int compute_slices) {
  using enum nvml::ComputeInstanceProfile;
  constexpr nvml::ComputeInstanceProfile kinds[]{slice_1, slice_2, slice_3, slice_4,
                                                 slice_1, slice_6, slice_7, slice_8};
  return kinds[compute_slices - 1];
}

/// Whether a GPU instance of `whole` compute slices can have a part of `part`.
bool divides(int part, int whole) {
  if (part == whole) return true;
  if (part > whole) return false;
  return part <= 2 || (whole == 7 && part <= 4);
}

}  // namespace

const GpuModel& find_model(std::string_view name) {
  // Longer is no name, and the search for the nearest takes its square.
  constexpr std::size_t longest = 64;
  const auto key = key_of(name.substr(0, longest));
  for (const auto& model : gpu_models()) {
    if (is_named(model, key)) return model;
  }
  throw Error(ErrorKind::argument, "\"" + std::string(name) +
                                       "\" is no GPU that can be simulated: "
                                       "the nearest is " +
                                       std::string(nearest_to(key).name) + "; there are " +
                                       model_names());
}

const GpuProfile* find_profile(const GpuModel& model, std::string_view name) {
  const auto wanted = lower(name);
  const auto found = std::ranges::find(model.profiles, wanted, &GpuProfile::name);
  return found == model.profiles.end() ? nullptr : &*found;
}

const GpuProfile* find_profile(const GpuModel& model, int id) {
  const auto found = std::ranges::find(model.profiles, id, &GpuProfile::id);
  return found == model.profiles.end() ? nullptr : &*found;
}

std::string profile_names(const GpuModel& model) {
  std::vector<std::string> names;
  for (const auto& profile : model.profiles) names.emplace_back(profile.name);
  return join(names, ", ");
}

std::vector<ComputeProfile> compute_profiles(const GpuModel& model, const GpuProfile& profile) {
  const int whole = profile.compute_slices;
  if (profile.kind == nvml::GpuInstanceProfile::slice_1_rev2) {
    return {{nvml::ComputeInstanceProfile::slice_1_rev1, 1, profile.multiprocessors, 1, 1}};
  }
  std::vector<ComputeProfile> parts;
  for (const int part : {1, 2, 3, 4, 7}) {
    if (!divides(part, whole)) continue;
    const int stride = part == 3 ? 4 : part;
    const int places = (whole - part) / stride + 1;
    const int sms =
        part == whole ? profile.multiprocessors : part * model.profiles.front().multiprocessors;
    parts.push_back({kind_of(part), part, sms, places, stride});
  }
  return parts;
}

}  // namespace septet
