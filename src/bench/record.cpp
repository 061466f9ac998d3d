// SPDX-License-Identifier: Apache-2.0
#include "bench/record.hpp"

#include "bench/table.hpp"

#include <nlohmann/json.hpp>

namespace septet::bench {
namespace {

using nlohmann::ordered_json;

ordered_json form_json(const Case& each, const std::optional<Figures>& figures, int ranks) {
  if (!figures) return nullptr;
  if (figures->refused) return {{"refused", *figures->refused}};
  const Rates rates = rates_of(each, *figures, ranks);
  return {{"time_us", rates.time_us},
          {"p50_us", rates.p50_us},
          {"p99_us", rates.p99_us},
          {"min_us", rates.least_us},
          {"algbw_gbps", rates.algorithm_bandwidth},
          {"busbw_gbps", rates.bus_bandwidth},
          {"wrong", figures->wrong ? ordered_json(*figures->wrong) : ordered_json()},
          {"back_to_back_us", figures->back_to_back},
          {"alone_us", figures->alone}};
}

}  // namespace

ordered_json to_json(const Row& row, int ranks) {
  const auto& each = row.each;
  const bool combines = reduces(each.collective);
  return {{"operation", name_of(each.collective)},
          {"type", name_of(each.type)},
          {"reduction", combines ? ordered_json(name_of(each.reduction)) : ordered_json()},
          {"count", each.count},
          {"bytes", bytes_of(each, ranks)},
          {"library", row.library},
          {"path", row.path.empty() ? ordered_json() : ordered_json(row.path)},
          {"out_of_place", form_json(each, row.out_of_place, ranks)},
          {"in_place", form_json(each, row.in_place, ranks)}};
}

ordered_json to_json(const Resources& resources) {
  if (resources.refused) return {{"what", resources.what}, {"refused", *resources.refused}};
  const auto& device = resources.device_mib;
  return {{"what", resources.what},
          {"create_ms", resources.create_ms},
          {"destroy_ms", resources.destroy_ms},
          {"device_mib", device ? ordered_json(*device) : ordered_json()},
          {"host_mib", resources.host_mib},
          {"threads", resources.threads},
          {"idle_cores", resources.idle_cores}};
}

std::uint64_t wrong_in(const ordered_json& row) {
  std::uint64_t wrong = 0;
  for (const auto* form : {"out_of_place", "in_place"}) {
    const auto& figures = row.at(form);
    if (figures.is_object() && figures.contains("wrong") && figures.at("wrong").is_number()) {
      wrong += figures.at("wrong").get<std::uint64_t>();
    }
  }
  return wrong;
}

}  // namespace septet::bench
