// SPDX-License-Identifier: Apache-2.0
#include "discover/visible.hpp"

#include "base/text.hpp"
#include <septet/environment.hpp>
#include <septet/error.hpp>

#include <algorithm>
#include <set>

namespace septet {
namespace {

using Uuids = std::set<std::string, std::less<>>;

/// The host with the slices in `kept` only, and the GPUs that still have one.
Host only(Host host, const Uuids& kept) {
  for (auto& gpu : host.gpus) {
    std::erase_if(gpu.slices, [&](const Slice& slice) { return !kept.contains(slice.uuid); });
  }
  std::erase_if(host.gpus, [](const Gpu& gpu) { return gpu.slices.empty(); });
  return host;
}

}  // namespace

Host leased_part(Host host, const Environment& environment) {
  const auto list = environment.get_or("SEPTET_SLICES", "");
  if (list.empty()) return host;

  const auto all = slices_of(host);
  Uuids kept;
  for (const auto uuid : split(list, ',')) {
    const auto found = std::ranges::find(all, uuid, &Slice::uuid);
    if (found == all.end()) {
      throw Error(ErrorKind::device,
                  "SEPTET_SLICES names " + std::string(uuid) + ", which " + host.source +
                      " does not have: the slice is gone, or --devices differs from the lease's");
    }
    kept.emplace(uuid);
  }
  return only(std::move(host), kept);
}

}  // namespace septet
