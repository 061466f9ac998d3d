// SPDX-License-Identifier: Apache-2.0
// What goes into a call and what must come out: numbers whose every order of summation is exact, so
// that libraries which add in another order are judged by the same bits.
#pragma once

#include "bench/collective.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace septet::bench {

/// How much of what came out is compared.
enum class Check : std::uint8_t {
  none,
  sampled,  ///< All of up to 1 MiB; else the first and the last 64 KiB, and 4 KiB of each MiB.
  full,
};

/// Elements from `first` on of what rank `rank` gives, into all of `to`.
void fill(std::span<std::byte> to, const Case& each, int rank, std::size_t first);

/// Elements from `first` on of what rank `seat.rank` must get, by the host's own arithmetic.
[[nodiscard]] std::vector<std::byte> expected(const Case& each, Seat seat, std::size_t first,
                                              std::size_t count);

/// Elements of `received`, those from `first` on, that are not as they must be, to the last bit.
[[nodiscard]] std::size_t count_wrong(std::span<const std::byte> received, const Case& each,
                                      Seat seat, std::size_t first);

/// Pieces of a buffer: elements from `first` on.
struct Piece {
  std::size_t first = 0;
  std::size_t count = 0;
};

/// The pieces of `elements` elements that `check` looks at, none longer than 1 MiB.
[[nodiscard]] std::vector<Piece> pieces_to_check(Check check, std::size_t elements, DataType type);

}  // namespace septet::bench
