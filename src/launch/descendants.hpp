// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <vector>

namespace septet {

/// Every live process below `root`, parents first, in whatever session or group. Zombies are left
/// out, and so are keepers and kept daemons of MPS (is_mps_keeper, is_kept_mps_daemon) with all
/// below them: they serve other leases too. A snapshot: processes come and go while it is taken.
[[nodiscard]] std::vector<pid_t> descendants_of(pid_t root);

/// The same below this process, but without `branches` (pids) and all below those, and with the
/// dead that nobody has waited for yet: one that dies while the list is made hides its children
/// from it, so only an empty list says that nobody is left.
[[nodiscard]] std::vector<pid_t> family_without(const std::vector<pid_t>& branches);

/// Those of descendants_of in process group `group`.
[[nodiscard]] std::vector<pid_t> descendants_in_group(pid_t root, pid_t group);

/// Sends SIGKILL to everything below this process, again and again, and reaps it, until nothing is
/// left or `limit` is over. Returns how many live on (stuck in the kernel, or another user's).
/// Requires: a child subreaper, so that orphans come here; no status of a child is wanted any more.
std::size_t kill_descendants(std::chrono::milliseconds limit);

}  // namespace septet
