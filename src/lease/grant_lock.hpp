// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lease/layout.hpp"

#include <chrono>
#include <functional>

namespace septet {

/// Calls `body` while this process alone grants, queues and sweeps in a lease folder: one process
/// of the host at a time, in the order of asking, for a fraction of a millisecond. Slices are not
/// held by this lock, but by their own.
///
/// Blocks up to `limit` before that: long enough for hundreds before it. Then `body` may run in
/// another thread, all of whose signals are blocked; this one waits for its end. Throws what `body`
/// throws, and Error `system` when the time is over, with the pid of the process in the way.
void under_grant_lock(const Layout& layout, const std::function<void()>& body,
                      std::chrono::milliseconds limit = std::chrono::seconds(60));

}  // namespace septet
