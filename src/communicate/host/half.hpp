// SPDX-License-Identifier: Apache-2.0
// Between Float16 and float with the instructions that x86-64 has for it.
#pragma once

#include <cstddef>

namespace septet {

// They require Instructions::avx2, are there on x86-64 only, and give the bits that Float16 gives.

/// to[i] = from[i]; `count` Float16 at any address.
void widen_halves(float* to, const std::byte* from, std::size_t count) noexcept;

/// to[i] = from[i], rounded; `count` Float16 at any address. Requires: of NaN `from` has only the
/// one without sign and payload, which the instruction would keep.
void round_to_halves(std::byte* to, const float* from, std::size_t count) noexcept;

}  // namespace septet
