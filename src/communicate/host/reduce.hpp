// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/data_type.hpp>

#include <cstddef>
#include <cstdint>

namespace septet {

/// The same piece of every rank: rank r's begins at first + r * stride_bytes.
struct Sources {
  const std::byte* first = nullptr;
  std::size_t stride_bytes = 0;
  int ranks = 0;
};

enum class Instructions : std::uint8_t;

/// to[i] = reduction over the ranks, in their order, of element i; `count` elements of `type`.
/// `to` may have any address, and may be a source; sources are aligned as elements are, best to 64
/// bytes. Nothing else overlaps.
void reduce(std::byte* to, const Sources& from, std::size_t count, DataType type,
            Reduction reduction) noexcept;

/// to[i] = factor * from[i], rounded to `type`; `factor` is one element of it. Any addresses; `to`
/// and `from` may be equal.
void scale(std::byte* to, const std::byte* from, std::size_t count, DataType type,
           const void* factor) noexcept;

// The same with given instructions, which must be supported, in place of the fastest ones: for
// tests and measurements. See instructions.hpp.
void reduce(std::byte* to, const Sources& from, std::size_t count, DataType type,
            Reduction reduction, Instructions instructions) noexcept;
void scale(std::byte* to, const std::byte* from, std::size_t count, DataType type,
           const void* factor, Instructions instructions) noexcept;

}  // namespace septet
