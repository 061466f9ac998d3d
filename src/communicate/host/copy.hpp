// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace septet {

/// Copies so that what is written goes to memory by itself: it displaces nothing from the cache,
/// and is not read from memory first, which saves a third of the traffic. Meanwhile as many bytes
/// from `ahead` on, any address, are fetched into the cache. Seen by others before what this thread
/// stores afterwards, as with any copy. Threads: any.
void copy_past_cache(std::byte* to, const std::byte* from, std::size_t bytes,
                     const std::byte* ahead) noexcept;

/// The same in parts, of which others may see the last ones late; and what ends them.
void stream(std::byte* to, const std::byte* from, std::size_t bytes,
            const std::byte* ahead) noexcept;
void end_streams() noexcept;

enum class Instructions : std::uint8_t;

/// With given instructions, which must be supported, in place of the fastest ones: for tests.
void stream(std::byte* to, const std::byte* from, std::size_t bytes, const std::byte* ahead,
            Instructions instructions) noexcept;

}  // namespace septet
