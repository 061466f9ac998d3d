// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/data_type.hpp>

#include <cstddef>
#include <cstdint>

namespace septet {

/// The same piece of every rank: rank r's begins at first + r * stride_bytes, but for one that may
/// lie elsewhere.
struct Sources {
  const std::byte* first = nullptr;
  std::size_t stride_bytes = 0;
  int ranks = 0;
  const std::byte* own = nullptr;  ///< Where that of `own_rank` lies instead, unless null.
  int own_rank = -1;

  [[nodiscard]] const std::byte* of(int rank) const noexcept {
    if (rank == own_rank && own != nullptr) return own;
    return first + static_cast<std::size_t>(rank) * stride_bytes;
  }
  /// The same, `bytes` further on.
  void advance(std::size_t bytes) noexcept {
    first += bytes;
    if (own != nullptr) own += bytes;
  }
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
