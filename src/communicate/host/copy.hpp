// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace septet {

/// Copies so that what is written goes to memory by itself: it displaces nothing from the cache,
/// and is not read from memory first, which saves a third of the traffic. Seen by others before
/// what this thread stores afterwards, as with any copy. Threads: any.
void copy_past_cache(std::byte* to, const std::byte* from, std::size_t bytes) noexcept;

}  // namespace septet
