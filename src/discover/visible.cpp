// SPDX-License-Identifier: Apache-2.0
#include "discover/visible.hpp"

#include "base/text.hpp"
#include "discover/device_name.hpp"
#include <septet/environment.hpp>
#include <septet/error.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace septet {
namespace {

constexpr std::string_view cuda_variable = "CUDA_VISIBLE_DEVICES";
constexpr std::string_view nvidia_variable = "NVIDIA_VISIBLE_DEVICES";

std::string in_quotes(std::string_view text) {
  std::string result = "\"";
  return result.append(text).append("\"");
}

/// One variable's list of devices, and whose it is: what every message needs.
struct List {
  std::string_view variable;
  std::string value;
  const Host& host;

  [[noreturn]] void refuse(std::string_view entry, std::string_view why) const {
    throw Error(ErrorKind::device, std::string(variable) + ": " + in_quotes(entry) + " " +
                                       std::string(why) + "; " + inventory(host) + " (env -u " +
                                       std::string(variable) + " septet list shows all)");
  }

  /// What `named` found, unless it found nothing or several.
  [[nodiscard]] Part sure(const Named& named, std::string_view entry) const {
    if (named.matches == 0) {
      refuse(entry, entry.starts_with("MIG-")
                        ? "names no slice: it is gone, or belongs to another host"
                        : "names no GPU");
    }
    if (named.matches > 1) refuse(entry, "is the beginning of several names: write more of it");
    return named.part;
  }
};

/// "2" as a number; nothing for any other text.
std::optional<int> index_in(std::string_view entry) {
  const auto index = parse_number<unsigned>(entry);
  constexpr unsigned most = 1U << 20U;
  return index && *index < most ? std::optional(static_cast<int>(*index)) : std::nullopt;
}

bool is_uuid(std::string_view entry) {
  return entry.starts_with("GPU-") || entry.starts_with("MIG-");
}

/// CUDA reads up to the first entry that it does not know, and says nothing. A negative number is
/// the known way to end a list there; anything else is a mistake that would hide devices.
bool ends_list(std::string_view entry) {
  const auto number = parse_number<int>(entry);
  return number && *number < 0;
}

/// Why CUDA would not read `entry`, and what to write instead.
[[noreturn]] void refuse_unreadable(const List& list, std::string_view entry) {
  if (entry.empty()) list.refuse(entry, "is an empty entry: CUDA reads no further");
  if (entry == "all") list.refuse(entry, "is no word of CUDA's, which sees no device: unset it");
  if (entry == "none" || entry == "void") {
    list.refuse(entry, "is no word of CUDA's: to hide all devices make the variable empty");
  }
  if (const auto named = find_by_position(list.host, entry)) {
    const auto uuid = named->matches == 1 ? *named->part.slices.begin() : "a slice's uuid";
    list.refuse(entry, "is read by CUDA as GPU " + std::string(entry.substr(0, entry.find(':'))) +
                           ": write " + uuid);
  }
  list.refuse(entry, "is neither the number nor the uuid of a device: CUDA reads no further");
}

/// The GPUs that CUDA counts. NVML counts those too that this user may not open.
/// Source: NVML API reference, nvmlDeviceGetCount_v2.
std::vector<int> cuda_gpus(const Host& host) {
  std::vector<int> indexes;
  for (const auto& gpu : host.gpus) {
    if (gpu.state != GpuState::denied) indexes.push_back(gpu.index);
  }
  return indexes;
}

Named find_by_ordinal(const Host& host, int ordinal) {
  const auto gpus = cuda_gpus(host);
  if (static_cast<std::size_t>(ordinal) >= gpus.size()) return {};
  return find_by_index(host, gpus[static_cast<std::size_t>(ordinal)]);
}

Part cuda_entry(const List& list, std::string_view entry) {
  if (const auto ordinal = index_in(entry)) {
    return list.sure(find_by_ordinal(list.host, *ordinal), entry);
  }
  if (is_uuid(entry)) return list.sure(find_by_uuid(list.host, entry), entry);
  refuse_unreadable(list, entry);
}

Part cuda_part(const List& list) {
  Part part;
  auto entries = split(list.value, ',');
  if (trim(entries.back()).empty()) entries.pop_back();  // "0,1," is harmless, and so is "".
  const bool by_uuid = !entries.empty() && is_uuid(trim(entries.front()));
  for (const auto& raw : entries) {
    const auto entry = trim(raw);
    if (ends_list(entry)) break;
    const auto found = cuda_entry(list, entry);
    if (is_uuid(entry) != by_uuid) {
      list.refuse(entry, "mixes numbers and uuids: CUDA reads no further");
    }
    if (!part.add(found)) list.refuse(entry, "is there twice: CUDA would then show no device");
  }
  return part;
}

/// Whether `value` is "0,1,…,n-1" with n the number of GPUs or of slices that are shown: how Slurm
/// numbers what a step has. Its cgroup has narrowed the host already; some versions count slices.
bool is_whole_slurm_step(const List& list) {
  const auto entries = split(list.value, ',');
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (trim(entries[i]) != std::to_string(i)) return false;
  }
  return entries.size() == cuda_gpus(list.host).size() ||
         entries.size() == slices_of(list.host).size();
}

/// The part that CUDA_VISIBLE_DEVICES names, or nothing when it does not narrow.
std::optional<Part> cuda_choice(const Host& host, const Environment& environment) {
  const auto value = environment.get(cuda_variable);
  if (!value) return {};
  const List list{cuda_variable, *value, host};
  if (environment.get("SLURM_JOB_ID")) {
    if (is_whole_slurm_step(list)) return {};
    if (trim(*value) == "NoDevFiles") return Part{};  // A step of older Slurm without GPUs.
  }
  return cuda_part(list);
}

/// The device in a CDI name such as "nvidia.com/gpu=mig0:1"; other text as it is; nothing for
/// devices of another class, which are no GPUs.
std::optional<std::string_view> without_cdi(std::string_view entry) {
  const auto equals = entry.find('=');
  if (equals == std::string_view::npos) return entry;
  if (!entry.substr(0, equals).ends_with("nvidia.com/gpu")) return {};
  entry.remove_prefix(equals + 1);
  for (const std::string_view type : {"gpu", "mig"}) {
    if (entry.starts_with(type)) entry.remove_prefix(type.size());
  }
  return entry;
}

std::vector<std::string_view> nvidia_entries(std::string_view value) {
  std::vector<std::string_view> entries;
  for (const auto raw : split(value, ',')) {
    const auto entry = without_cdi(trim(raw));
    if (entry && !entry->empty()) entries.push_back(*entry);
  }
  return entries;
}

/// Lists that name no device: what the driver shows is what there is. "void" says that another
/// mechanism chose, and a path that a volume mount did.
bool leaves_to_driver(const std::vector<std::string_view>& entries) {
  return entries.empty() || std::ranges::any_of(entries, [](std::string_view entry) {
           return entry == "all" || entry == "void" || entry.starts_with('/');
         });
}

Part nvidia_entry(const List& list, std::string_view entry) {
  if (const auto index = index_in(entry)) return list.sure(find_by_index(list.host, *index), entry);
  if (const auto named = find_by_position(list.host, entry)) return list.sure(*named, entry);
  if (is_uuid(entry)) return list.sure(find_by_uuid(list.host, entry), entry);
  list.refuse(entry, "is no number, G:M, uuid or CDI name of a device");
}

/// The part that NVIDIA_VISIBLE_DEVICES names, or nothing when it does not narrow.
std::optional<Part> nvidia_choice(const Host& host, const Environment& environment, Place place) {
  const List list{nvidia_variable, environment.get_or(nvidia_variable, ""), host};
  const auto entries = nvidia_entries(list.value);
  if (leaves_to_driver(entries)) return {};
  if (entries.front() == "none" && entries.size() == 1) return Part{};
  // The outer host's numbers mean nothing here, and have been acted on.
  const bool numbered = !std::ranges::all_of(entries, is_uuid);
  if (place == Place::container && numbered) return {};

  Part part;
  for (const auto entry : entries) part.add(nvidia_entry(list, entry));
  return part;
}

/// "NAME", with its value where that is short.
std::string told(std::string_view variable, const Environment& environment) {
  constexpr std::size_t longest = 24;
  const auto value = environment.get(variable).value_or("");
  return std::string(variable) + (value.size() > longest ? "" : "=" + in_quotes(value));
}

/// Reduces `host` to `part`, and tells whose doing it was if that changes anything.
void narrow(Host& host, const std::optional<Part>& part, const std::string& by) {
  if (!part) return;
  auto rest = only(host, *part);
  if (rest == host) return;
  host = std::move(rest);
  host.hidden_by += (host.hidden_by.empty() ? "" : " and ") + by;
}

bool has_nothing(const std::optional<Part>& part) { return part && *part == Part{}; }

}  // namespace

Place current_place(const Environment& environment) {
  for (const std::string_view name :
       {"container", "KUBERNETES_SERVICE_HOST", "APPTAINER_CONTAINER", "SINGULARITY_CONTAINER"}) {
    if (environment.get(name)) return Place::container;
  }
  for (const auto* file : {"/.dockerenv", "/run/.containerenv"}) {
    std::error_code unreadable;
    if (std::filesystem::exists(file, unreadable)) return Place::container;
  }
  return Place::host;
}

Host visible_part(Host host, const Environment& environment, Place place) {
  const auto by_cuda = cuda_choice(host, environment);
  const auto by_nvidia = nvidia_choice(host, environment, place);
  narrow(host, by_nvidia, told(nvidia_variable, environment));
  narrow(host, by_cuda, told(cuda_variable, environment));
  const bool contradiction =
      by_cuda && by_nvidia && host.gpus.empty() && !has_nothing(by_cuda) && !has_nothing(by_nvidia);
  if (contradiction) {
    throw Error(ErrorKind::device,
                std::string(cuda_variable) + " and " + std::string(nvidia_variable) +
                    " name different devices, and leave none: unset one of them");
  }
  return host;
}

Host leased_part(Host host, const Environment& environment) {
  const auto list = environment.get_or("SEPTET_SLICES", "");
  if (list.empty()) return host;

  const auto all = slices_of(host);
  Part part;
  for (const auto uuid : split(list, ',')) {
    if (std::ranges::find(all, uuid, &Slice::uuid) == all.end()) {
      throw Error(ErrorKind::device,
                  "SEPTET_SLICES names " + std::string(uuid) + ", which " + host.source +
                      " does not have: the slice is gone, or --devices differs from the lease's");
    }
    part.slices.emplace(uuid);
  }
  narrow(host, part, "the lease (SEPTET_SLICES)");
  return host;
}

}  // namespace septet
