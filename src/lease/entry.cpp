// SPDX-License-Identifier: Apache-2.0
#include "lease/entry.hpp"

#include "lease/identity.hpp"
#include "lease/lock_file.hpp"
#include "lease/record.hpp"

#include <string>
#include <utility>

namespace septet {
namespace {

/// One that no file of the folder has. Requires: the grant lock is held.
std::string new_id(const Layout& layout) {
  for (;;) {
    auto id = random_name();
    if (!std::filesystem::exists(layout.record(id))) return id;
  }
}

}  // namespace

Lease enter(const Layout& layout, LeaseRecord record, std::vector<UniqueFd> locks) {
  record.id = new_id(layout);
  const auto file = layout.record(record.id);
  // Last, so that it gets the highest number and an ending process closes it last: when the
  // others are told, the slices are free.
  locks.push_back(publish(layout.leases(), file.filename().native(), print_record(record)));
  return {std::move(record), file, std::move(locks)};
}

}  // namespace septet
