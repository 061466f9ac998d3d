// SPDX-License-Identifier: Apache-2.0
#include "lease/slice_lock.hpp"

#include "lease/lock_file.hpp"

#include <set>
#include <utility>

namespace septet {
namespace {

/// The lock, or an empty descriptor while somebody else's is in the way.
UniqueFd try_lock_file(const std::filesystem::path& file, Hold hold) {
  for (;;) {
    auto lock = open_lock_file(file);
    if (!try_lock(lock.get(), hold)) return {};
    if (is_at(file, lock.get())) return out_of_the_way(std::move(lock));
  }
}

}  // namespace

SliceLocks try_lock_slices(const Layout& layout, const std::vector<Slice>& slices) {
  std::vector<UniqueFd> locks;
  std::set<std::string> parents;
  const auto lock = [&](const std::string& uuid, Hold hold) {
    locks.push_back(try_lock_file(layout.slice_lock(uuid), hold));
    return static_cast<bool>(locks.back());
  };
  for (const auto& slice : slices) {
    const bool has_parent = !slice.gpu_uuid.empty() && slice.gpu_uuid != slice.uuid;
    const bool parent_is_new = has_parent && parents.insert(slice.gpu_uuid).second;
    if (parent_is_new && !lock(slice.gpu_uuid, Hold::shared)) return {{}, slice.uuid};
    if (!lock(slice.uuid, Hold::exclusive)) return {{}, slice.uuid};
  }
  return {std::move(locks), {}};
}

}  // namespace septet
