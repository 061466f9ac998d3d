// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lease/layout.hpp"
#include <septet/host.hpp>
#include <septet/unique_fd.hpp>

#include <string>
#include <vector>

namespace septet {

/// The outcome of taking several slices at once: the locks of all, or whose lock was refused.
struct SliceLocks {
  std::vector<UniqueFd> locks;
  std::string refused;  ///< The uuid of a slice that a process holds; empty if all are ours.
};

/// Locks every slice, alone, and the GPU that each is a part of, shared with its other parts: so a
/// whole GPU, locked alone, and its parts exclude each other. Never waits; lets go of all when one
/// is refused. Requires: the caller has the grant lock. Throws Error `system`.
[[nodiscard]] SliceLocks try_lock_slices(const Layout& layout, const std::vector<Slice>& slices);

}  // namespace septet
