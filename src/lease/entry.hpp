// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lease/layout.hpp"
#include <septet/lease.hpp>
#include <septet/unique_fd.hpp>

#include <vector>

namespace septet {

/// Enters a lease on slices whose `locks` are held into the folder: gives `record` an id and tells
/// everybody. Requires: the caller has the grant lock. Throws Error `system`.
[[nodiscard]] Lease enter(const Layout& layout, LeaseRecord record, std::vector<UniqueFd> locks);

}  // namespace septet
