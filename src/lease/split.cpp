// SPDX-License-Identifier: Apache-2.0
#include "lease/entry.hpp"
#include "lease/grant_lock.hpp"
#include "lease/slice_lock.hpp"
#include <septet/error.hpp>
#include <septet/lease.hpp>

#include <utility>

namespace septet {

namespace {

/// Requires: the grant lock is held.
std::vector<Lease> split_now(const Layout& layout, Lease lease) {
  const auto whole = lease.record();
  // Let go and taken again: with the grant lock held, nobody else takes anything meanwhile.
  {
    const Lease let_go = std::move(lease);
  }
  std::vector<Lease> parts;
  for (const auto& slice : whole.slices) {
    auto taken = try_lock_slices(layout, {slice});
    if (!taken.refused.empty()) {
      throw Error(ErrorKind::system,
                  "the lock of slice " + slice.uuid + " was taken by a process that is no Septet");
    }
    LeaseRecord part = whole;
    part.slices = {slice};
    parts.push_back(enter(layout, std::move(part), std::move(taken.locks)));
  }
  return parts;
}

}  // namespace

std::vector<Lease> split(const LeaseFolder& folder, Lease lease) {
  const Layout layout{folder.path()};
  std::vector<Lease> parts;
  under_grant_lock(layout, [&] { parts = split_now(layout, std::move(lease)); });
  return parts;
}

}  // namespace septet
