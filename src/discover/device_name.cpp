// SPDX-License-Identifier: Apache-2.0
#include "discover/device_name.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <vector>

namespace septet {
namespace {

void count(Named& named, const Part& part) {
  named.part = part;
  ++named.matches;
}

/// Shorter beginnings than one character behind "GPU-" are no names.
bool begins(std::string_view uuid, std::string_view name) {
  constexpr std::size_t shortest = 5;
  return name.size() >= shortest && uuid.starts_with(name);
}

/// The three parts of "MIG-GPU-<uuid>/<GI>/<CI>", the first without its "MIG-".
struct LegacyName {
  std::string_view gpu_uuid;
  int gpu_instance;
  int compute_instance;
};

std::optional<LegacyName> parse_legacy(std::string_view name) {
  constexpr std::string_view prefix = "MIG-";
  const auto parts = split(name, '/');
  if (parts.size() != 3 || !name.starts_with(prefix)) return {};
  const auto gpu_instance = parse_number<int>(parts[1]);
  const auto compute_instance = parse_number<int>(parts[2]);
  if (!gpu_instance || !compute_instance) return {};
  return LegacyName{parts[0].substr(prefix.size()), *gpu_instance, *compute_instance};
}

Named find_by_instance(const Host& host, const LegacyName& name) {
  Named named;
  for (const auto& slice : slices_of(host)) {
    if (begins(slice.gpu_uuid, name.gpu_uuid) && slice.gpu_instance == name.gpu_instance &&
        slice.compute_instance == name.compute_instance) {
      count(named, {.gpus = {}, .slices = {slice.uuid}});
    }
  }
  return named;
}

Named find_gpu(const Host& host, std::string_view name) {
  Named named;
  for (const auto& gpu : host.gpus) {
    const Part part{.gpus = {gpu.index}, .slices = {}};
    if (gpu.uuid == name) return {.part = part, .matches = 1};
    if (begins(gpu.uuid, name)) count(named, part);
  }
  return named;
}

Named find_mig(const Host& host, std::string_view name) {
  Named named;
  for (const auto& slice : slices_of(host)) {
    const Part part{.gpus = {}, .slices = {slice.uuid}};
    if (slice.uuid == name) return {.part = part, .matches = 1};
    if (begins(slice.uuid, name)) count(named, part);
  }
  return named;
}

}  // namespace

bool Part::add(const Part& other) {
  const auto before = gpus.size() + slices.size();
  gpus.insert(other.gpus.begin(), other.gpus.end());
  slices.insert(other.slices.begin(), other.slices.end());
  return gpus.size() + slices.size() > before;
}

Host only(Host host, const Part& part) {
  std::erase_if(host.gpus, [&](Gpu& gpu) {
    if (part.gpus.contains(gpu.index)) return false;
    std::erase_if(gpu.slices, [&](const Slice& s) { return !part.slices.contains(s.uuid); });
    return gpu.slices.empty();
  });
  return host;
}

Named find_by_uuid(const Host& host, std::string_view name) {
  if (name.starts_with("GPU-")) return find_gpu(host, name);
  const auto named = find_mig(host, name);
  if (named.matches != 0) return named;
  const auto legacy = parse_legacy(name);
  return legacy ? find_by_instance(host, *legacy) : named;
}

Named find_by_index(const Host& host, int index) {
  const bool found = std::ranges::find(host.gpus, index, &Gpu::index) != host.gpus.end();
  return {.part = {.gpus = {index}, .slices = {}}, .matches = found ? 1 : 0};
}

std::optional<Named> find_by_position(const Host& host, std::string_view name) {
  const auto numbers = split(name, ':');
  if (numbers.size() != 2) return {};
  if (!parse_number<unsigned>(numbers[0]) || !parse_number<unsigned>(numbers[1])) return {};
  Named named;
  for (const auto& slice : slices_of(host)) {
    if (slice.kind != SliceKind::full && position(slice) == name) {
      count(named, {.gpus = {}, .slices = {slice.uuid}});
    }
  }
  return named;
}

std::string inventory(const Host& host) {
  constexpr std::size_t most = 8;
  const auto slices = slices_of(host);
  if (slices.empty()) return "this host has none";
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(most, slices.size()); ++i) {
    names.push_back(position(slices[i]) + " " + slices[i].uuid);
  }
  const auto rest = slices.size() - names.size();
  return "this host has " + join(names, ", ") +
         (rest == 0 ? "" : " and " + std::to_string(rest) + " more");
}

}  // namespace septet
