// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

namespace septet {

/// Splits this process in two, so that whichever half is killed, the other leaves nothing alive.
///
/// Returns nothing in the new half, which goes on with the work: it leads a process group of its
/// own and is killed when its parent dies (launch turns that into an orderly end of its ranks).
/// The calling half, the front, comes back only when the new half has ended, with the exit status
/// to leave with: it forwards INT, TERM, HUP, QUIT, USR1, USR2 and the stop key, takes in orphans
/// (PR_SET_CHILD_SUBREAPER) and kills what is left of them. After a Ctrl-C that ended the job it
/// dies of SIGINT itself, as a shell's loop expects.
/// Requires: called once, before any lease is taken, from the only thread. Throws Error `system`.
[[nodiscard]] std::optional<int> guard();

}  // namespace septet
