// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace septet {

/// Turns words and texts into 128 bits that any change of any of them scatters. For names, not
/// against an adversary. The same on every machine of one byte order. Plain value.
class Mixer {
 public:
  constexpr void add(std::uint64_t word) noexcept {
    low_ = scrambled(low_ ^ word);
    high_ = scrambled(high_ + std::rotl(low_, 17) + golden);
  }

  /// Its length goes first, so that "ab", "c" and "a", "bc" differ.
  void add(std::string_view text) noexcept {
    add(text.size());
    while (!text.empty()) {
      const auto piece = text.substr(0, sizeof(std::uint64_t));
      std::uint64_t word = 0;
      std::memcpy(&word, piece.data(), piece.size());
      add(word);
      text.remove_prefix(piece.size());
    }
  }

  /// Of all that was added so far.
  [[nodiscard]] constexpr std::array<std::uint64_t, 2> bits() const noexcept {
    return {scrambled(low_ + high_), scrambled(high_ ^ std::rotl(low_, 32))};
  }

 private:
  static constexpr std::uint64_t golden = 0x9e3779b97f4a7c15;

  /// One to one. Source: the output function of SplitMix64 (Steele, Lea and Flood, 2014).
  [[nodiscard]] static constexpr std::uint64_t scrambled(std::uint64_t word) noexcept {
    word = (word ^ (word >> 30U)) * 0xbf58476d1ce4e5b9;
    word = (word ^ (word >> 27U)) * 0x94d049bb133111eb;
    return word ^ (word >> 31U);
  }

  std::uint64_t low_ = golden;
  std::uint64_t high_ = ~golden;
};

}  // namespace septet
