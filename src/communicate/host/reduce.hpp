// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/steps/pieces.hpp"
#include <septet/data_type.hpp>

#include <cstddef>
#include <cstdint>

namespace septet {

enum class Instructions : std::uint8_t;

/// Element i of each place = reduction over the ranks, in their order, of element i; `count`
/// elements of `type`. Places may have any address, and may be pieces; pieces are aligned as
/// elements are, best to 64 bytes. Nothing else overlaps.
void reduce(const Places& to, const Pieces& from, std::size_t count, DataType type,
            Reduction reduction) noexcept;

/// to[i] = factor * from[i], rounded to `type`; `factor` is one element of it. Any addresses; `to`
/// and `from` may be equal.
void scale(std::byte* to, const std::byte* from, std::size_t count, DataType type,
           const void* factor) noexcept;

// The same with given instructions, which must be supported, in place of the fastest ones: for
// tests and measurements. See instructions.hpp.
void reduce(const Places& to, const Pieces& from, std::size_t count, DataType type,
            Reduction reduction, Instructions instructions) noexcept;
void scale(std::byte* to, const std::byte* from, std::size_t count, DataType type,
           const void* factor, Instructions instructions) noexcept;

}  // namespace septet
