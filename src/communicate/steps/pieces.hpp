// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/both.hpp"

#include <cstddef>

namespace septet {

/// The same piece of every rank, to be reduced: rank r's begins at first + r * stride_bytes, but
/// for one that may lie elsewhere.
struct Pieces {
  const std::byte* first = nullptr;
  std::size_t stride_bytes = 0;
  int ranks = 0;
  const std::byte* own = nullptr;  ///< Where that of `own_rank` lies instead, unless null.
  int own_rank = -1;

  [[nodiscard]] SEPTET_BOTH const std::byte* of(int rank) const {
    if (rank == own_rank && own != nullptr) return own;
    return first + static_cast<std::size_t>(rank) * stride_bytes;
  }
  /// The same, `bytes` further on.
  void advance(std::size_t bytes) {
    first += bytes;
    if (own != nullptr) own += bytes;
  }
};

/// Where what they are reduced to goes: to the place of every rank, at first + r * stride_bytes,
/// but for one that needs none; and into a buffer, unless null.
struct Places {
  std::byte* first = nullptr;
  std::size_t stride_bytes = 0;
  int ranks = 1;
  int besides = -1;  ///< The rank that needs none. Requires: another one does.
  std::byte* buffer = nullptr;
  bool past_cache = false;  ///< Whether the buffer will not be read soon.

  [[nodiscard]] std::byte* of(int rank) const {
    return first + static_cast<std::size_t>(rank) * stride_bytes;
  }
  /// The same, `bytes` further on.
  void advance(std::size_t bytes) {
    first += bytes;
    if (buffer != nullptr) buffer += bytes;
  }
};

}  // namespace septet
