// SPDX-License-Identifier: Apache-2.0
#include "discover/host_json.hpp"

#include "discover/strict_json.hpp"
#include <septet/error.hpp>

#include <nlohmann/json.hpp>

namespace septet {
namespace {

using nlohmann::json;

json number_or_null(const std::optional<int>& number) {
  return number ? json(*number) : json(nullptr);
}

std::optional<int> optional_number(const json& value) {
  return value.is_null() ? std::nullopt : std::optional(whole_number<int>(value));
}

json processes_of(const Slice& slice) {
  auto list = json::array();
  for (const auto& process : slice.processes) {
    list.push_back({{"pid", process.pid}, {"memory_bytes", process.memory_bytes}});
  }
  return list;
}

SliceKind kind_of(const std::string& word) {
  for (const auto kind : {SliceKind::mig, SliceKind::mps, SliceKind::full}) {
    if (name_of(kind) == word) return kind;
  }
  throw Error(ErrorKind::argument, "\"" + word + "\" is no kind of slice: mig, mps or full");
}

}  // namespace

void to_json(json& json, const Slice& slice) {
  json = {{"uuid", slice.uuid},
          {"kind", name_of(slice.kind)},
          {"position", position(slice)},
          {"profile", slice.profile},
          {"memory_bytes", slice.memory_bytes},
          {"multiprocessors", slice.multiprocessors},
          {"compute_slices", slice.compute_slices},
          {"gpu", slice.gpu},
          {"gpu_uuid", slice.gpu_uuid},
          {"index", slice.index},
          {"gpu_instance", number_or_null(slice.gpu_instance)},
          {"compute_instance", number_or_null(slice.compute_instance)},
          {"processes", processes_of(slice)}};
}

void to_json(json& json, const Gpu& gpu) {
  json = {{"index", gpu.index},
          {"uuid", gpu.uuid},
          {"name", gpu.name},
          {"state", name_of(gpu.state)},
          {"trouble", gpu.trouble},
          {"mig",
           {{"supported", gpu.mig.supported},
            {"current", gpu.mig.current},
            {"pending", gpu.mig.pending}}},
          {"memory_bytes", gpu.memory_bytes},
          {"pci", gpu.pci},
          {"numa_node", number_or_null(gpu.numa_node)},
          {"cpus", gpu.cpus},
          {"slices", gpu.slices}};
}

void to_json(json& json, const Host& host) {
  json = {{"source", host.source},
          {"driver_version", host.driver_version},
          {"cuda_version", host.cuda_version},
          {"gpus", host.gpus},
          {"hidden_by", host.hidden_by}};
}

void from_json(const json& json, Slice& slice) {
  slice.uuid = json.at("uuid").get<std::string>();
  slice.kind = kind_of(json.at("kind").get<std::string>());
  slice.profile = json.at("profile").get<std::string>();
  slice.memory_bytes = whole_number<std::uint64_t>(json.at("memory_bytes"));
  slice.multiprocessors = whole_number<int>(json.at("multiprocessors"));
  slice.compute_slices = whole_number<int>(json.at("compute_slices"));
  slice.gpu = whole_number<int>(json.at("gpu"));
  slice.gpu_uuid = json.at("gpu_uuid").get<std::string>();
  slice.index = whole_number<int>(json.at("index"));
  slice.gpu_instance = optional_number(json.at("gpu_instance"));
  slice.compute_instance = optional_number(json.at("compute_instance"));
  slice.processes.clear();
  for (const auto& process : json.at("processes")) {
    slice.processes.push_back({whole_number<pid_t>(process.at("pid")),
                               whole_number<std::uint64_t>(process.at("memory_bytes"))});
  }
}

}  // namespace septet
