// SPDX-License-Identifier: Apache-2.0
#include "discover/packing.hpp"

#include <algorithm>
#include <numeric>

namespace septet::simulated {
namespace {

/// Backtracking over the pieces in `order`; `starts` is filled by piece.
class Search {
 public:
  Search(std::span<const Piece> pieces, End end)
      : pieces_(pieces), end_(end), order_(pieces.size()), starts_(pieces.size()) {
    // The largest have the fewest places: wrong beginnings are found out early.
    std::iota(order_.begin(), order_.end(), 0U);
    std::ranges::stable_sort(order_, std::greater{}, [&](auto i) { return pieces_[i].size; });
  }

  std::optional<std::vector<int>> run() {
    if (!place_from(0, 0)) return std::nullopt;
    return starts_;
  }

 private:
  bool place_from(std::size_t step, std::uint64_t taken) {
    if (step == order_.size()) return true;
    const auto& piece = pieces_[order_[step]];
    for (const int start : free_starts(piece, taken, end_)) {
      starts_[order_[step]] = start;
      if (place_from(step + 1, taken | covered(start, piece.size))) return true;
    }
    return false;
  }

  std::span<const Piece> pieces_;
  End end_;
  std::vector<std::size_t> order_;
  std::vector<int> starts_;
};

}  // namespace

std::uint64_t covered(int start, int size) { return ((std::uint64_t{1} << size) - 1) << start; }

std::vector<int> free_starts(const Piece& piece, std::uint64_t taken, End end) {
  std::vector<int> starts;
  for (int place = 0; place < piece.places; ++place) {
    const int start = place * piece.stride;
    if ((covered(start, piece.size) & taken) == 0) starts.push_back(start);
  }
  if (end == End::high) std::ranges::reverse(starts);
  return starts;
}

std::optional<std::vector<int>> pack(std::span<const Piece> pieces, End end) {
  return Search(pieces, end).run();
}

}  // namespace septet::simulated
