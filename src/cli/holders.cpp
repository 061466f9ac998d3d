// SPDX-License-Identifier: Apache-2.0
#include "cli/holders.hpp"

#include <septet/environment.hpp>

#include <exception>
#include <filesystem>

namespace septet::cli {

const LeaseRecord* Holders::of(const std::string& uuid) const {
  const auto found = by_slice.find(uuid);
  return found == by_slice.end() ? nullptr : &found->second;
}

Holders read_holders(const Environment& environment) {
  Holders holders;
  try {
    const auto folder = LeaseFolder::usual(environment);
    if (!std::filesystem::exists(folder)) return holders;
    for (const auto& lease : LeaseFolder(folder).leases()) {
      for (const auto& slice : lease.slices) holders.by_slice.emplace(slice.uuid, lease);
    }
  } catch (const std::exception& error) {
    holders.unknown = error.what();
  }
  return holders;
}

}  // namespace septet::cli
