// SPDX-License-Identifier: Apache-2.0
#include "communicate/family.hpp"

#include <septet/error.hpp>

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

namespace septet {
namespace {

/// The ranks of the color of `rank`, ordered by key, then by rank.
std::vector<int> ranks_of_color(std::span<const Choice> choices, int rank) {
  const auto at = [&](int r) -> const Choice& { return choices[static_cast<std::size_t>(r)]; };
  std::vector<int> ranks(choices.size());
  std::iota(ranks.begin(), ranks.end(), 0);
  std::erase_if(ranks,
                [&](int r) { return at(r).has_color == 0 || at(r).color != at(rank).color; });
  std::stable_sort(ranks.begin(), ranks.end(), [&](int a, int b) { return at(a).key < at(b).key; });
  return ranks;
}

int index_of(std::span<const int> ranks, int rank) {
  return static_cast<int>(std::find(ranks.begin(), ranks.end(), rank) - ranks.begin());
}

/// The excluded ranks as bits.
std::uint64_t excluded_bits(std::span<const int> excluded, const Membership& own) {
  std::uint64_t bits = 0;
  for (const int rank : excluded) {
    if (rank < 0 || rank >= own.ranks || rank == own.rank) {
      throw Error(ErrorKind::argument,
                  "shrink: rank " + std::to_string(rank) + " cannot be excluded by rank " +
                      std::to_string(own.rank) + " of " + std::to_string(own.ranks));
    }
    bits |= std::uint64_t{1} << rank;
  }
  if (bits == 0) throw Error(ErrorKind::argument, "shrink: name the ranks to exclude");
  return bits;
}

}  // namespace

Choice choice_of(std::optional<int> color, int key) {
  return {.color = color.value_or(0), .has_color = color.has_value(), .key = key};
}

std::optional<Membership> split_membership(const Membership& parent, std::uint64_t number,
                                           std::span<const Choice> choices) {
  const Choice& own = choices[static_cast<std::size_t>(parent.rank)];
  if (own.has_color == 0) return std::nullopt;
  const auto ranks = ranks_of_color(choices, parent.rank);
  Membership part = parent;
  const auto split = derived_token(parent.token, "split", number);
  part.token = derived_token(split, "color", static_cast<std::uint64_t>(own.color));
  part.rank = index_of(ranks, parent.rank);
  part.ranks = static_cast<int>(ranks.size());
  return part;
}

Membership shrink_membership(const Membership& parent, std::uint64_t number,
                             std::span<const int> excluded) {
  const std::uint64_t bits = excluded_bits(excluded, parent);
  const auto rest_below = [&](int end) {
    int rest = 0;
    for (int rank = 0; rank < end; ++rank) rest += (bits >> rank & 1) == 0 ? 1 : 0;
    return rest;
  };
  Membership part = parent;
  const auto shrink = derived_token(parent.token, "shrink", number);
  part.token = derived_token(shrink, "excluded", bits);
  part.rank = rest_below(parent.rank);
  part.ranks = rest_below(parent.ranks);
  return part;
}

}  // namespace septet
