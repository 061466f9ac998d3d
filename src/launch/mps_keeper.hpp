// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "launch/mps_place.hpp"
#include <septet/environment.hpp>

#include <sys/types.h>

#include <string_view>

namespace septet {

/// The hidden verb under which a keeper runs: septet keep-mps GPU FOLDER.
inline constexpr std::string_view mps_keeper_verb = "keep-mps";

/// The whole life of a keeper: has a daemon run at `place` (takes over what a killed keeper left,
/// else starts one), tells that it is ready, blocks until nobody uses it, ends it.
///
/// Requires: this process has inherited the exclusive keeper.lock as descriptor mps_keeper_lock
/// and no other descriptor but its streams. Throws Error `device` when the daemon does not start
/// or ends while it is in use.
void keep_mps(const MpsPlace& place, const Environment& environment);

/// Whether `pid` is a keeper. Launch leaves it alone: it outlives the launcher that happened to
/// start it, because other leases may use its daemon, and ends by itself after the last of them.
[[nodiscard]] bool is_mps_keeper(pid_t pid);

/// The descriptor that a keeper inherits its lock as.
inline constexpr int mps_keeper_lock = 3;

}  // namespace septet
