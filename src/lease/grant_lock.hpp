// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lease/layout.hpp"

#include <chrono>
#include <functional>

namespace septet {

/// Calls `body` while this process alone grants and sweeps in a lease folder: one process of the
/// host at a time, for a fraction of a millisecond. Slices are not held by this lock, but by their
/// own.
///
/// Few should wait for it at once. flock(2) wakes who waits when the lock is free, and until he
/// runs anybody may take it: to ask anew takes microseconds, and to wake tens of them. Among many
/// who ask again and again some would wait until all others had done. Hence who may stand in the
/// queue does so, and only the first of it waits here.
///
/// Blocks up to `limit` before that: long enough for hundreds before it. Then `body` may run in
/// another thread, all of whose signals are blocked; this one waits for its end. Throws what `body`
/// throws, and Error `system` when the time is over, with the pid of the process in the way.
void under_grant_lock(const Layout& layout, const std::function<void()>& body,
                      std::chrono::milliseconds limit = std::chrono::seconds(60));

/// The same if the lock is free; false, and nothing is called, while somebody has it.
[[nodiscard]] bool try_under_grant_lock(const Layout& layout, const std::function<void()>& body);

/// Calls `body` while this process alone puts itself in the queue, as `under_grant_lock` does. May
/// be called under the grant lock, and not the other way round.
void under_queue_lock(const Layout& layout, const std::function<void()>& body);

}  // namespace septet
