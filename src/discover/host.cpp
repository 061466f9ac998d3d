// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include <septet/error.hpp>
#include <septet/host.hpp>

#include <algorithm>
#include <array>

namespace septet {
namespace {

constexpr std::array<std::string_view, 3> slice_kinds{"mig", "mps", "full"};
constexpr std::array<std::string_view, 6> gpu_states{"full",   "partitioned", "empty",
                                                     "shared", "lost",        "denied"};

/// The spelling of drivers before R470: "MIG-GPU-<uuid>/<GI>/<CI>".
std::string legacy_name(const Slice& slice) {
  if (!slice.gpu_instance || !slice.compute_instance) return {};
  return "MIG-" + slice.gpu_uuid + "/" + std::to_string(*slice.gpu_instance) + "/" +
         std::to_string(*slice.compute_instance);
}

bool is_named_exactly(const Slice& slice, std::string_view name) {
  return slice.uuid == name || position(slice) == name || legacy_name(slice) == name;
}

bool is_prefix_of_uuid(std::string_view name, const Slice& slice) {
  // Shorter would make every "MIG-" or "GPU-" a name.
  constexpr std::size_t shortest = 5;
  return name.size() >= shortest && slice.uuid.starts_with(name);
}

std::string listed(const Host& host) {
  std::vector<std::string> names;
  for (const auto& slice : slices_of(host)) names.push_back(position(slice) + " " + slice.uuid);
  return names.empty() ? "it has none" : "it has " + join(names, ", ");
}

[[noreturn]] void refuse(const Host& host, std::string_view name, std::string_view why) {
  throw Error(ErrorKind::device,
              "\"" + std::string(name) + "\" " + std::string(why) + "; " + listed(host) +
                  (host.hidden_by.empty() ? "" : "; " + host.hidden_by + " hides other devices"));
}

}  // namespace

std::string_view name_of(SliceKind kind) noexcept {
  return slice_kinds[static_cast<std::size_t>(kind)];
}

std::string_view name_of(GpuState state) noexcept {
  return gpu_states[static_cast<std::size_t>(state)];
}

std::string position(const Slice& slice) {
  const auto gpu = std::to_string(slice.gpu);
  return slice.kind == SliceKind::full ? gpu : gpu + ":" + std::to_string(slice.index);
}

std::vector<Slice> slices_of(const Host& host) {
  std::vector<Slice> all;
  for (const auto& gpu : host.gpus) all.insert(all.end(), gpu.slices.begin(), gpu.slices.end());
  return all;
}

const Slice& find_slice(const Host& host, std::string_view name) {
  const Slice* found = nullptr;
  for (const auto& gpu : host.gpus) {
    for (const auto& slice : gpu.slices) {
      if (is_named_exactly(slice, name)) return slice;
      if (!is_prefix_of_uuid(name, slice)) continue;
      if (found != nullptr) refuse(host, name, "is the beginning of several slices of this host");
      found = &slice;
    }
  }
  if (found == nullptr) refuse(host, name, "names no slice of this host");
  return *found;
}

}  // namespace septet
