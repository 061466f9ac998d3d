// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace septet::simulated {

/// Something to lay on a grid of MIG slices: it may start at 0, stride, … (places-1)*stride.
struct Piece {
  int size;
  int stride;
  int places;
};

/// From which end of the grid a free place is looked for first.
enum class End {
  low,   ///< Compute instances inside a GPU instance.
  high,  ///< GPU instances: so the driver keeps room for large ones at the low end.
};

/// The grid slices that lie in [start, start+size), as bits. Grids have at most 64 slices.
[[nodiscard]] std::uint64_t covered(int start, int size);

/// The starts of `piece` that leave `taken` alone, from `end` on.
[[nodiscard]] std::vector<int> free_starts(const Piece& piece, std::uint64_t taken, End end);

/// A start for each piece so that none overlap, or nothing if there is no such arrangement.
/// Every arrangement is tried, so the order of `pieces` does not matter.
[[nodiscard]] std::optional<std::vector<int>> pack(std::span<const Piece> pieces, End end);

}  // namespace septet::simulated
