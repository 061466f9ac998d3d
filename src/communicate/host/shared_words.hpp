// SPDX-License-Identifier: Apache-2.0
// Access to words that other ranks write at the same time.
#pragma once

#include "communicate/steps/flag.hpp"

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

namespace septet {

template <typename Word>
[[nodiscard]] Word peek(const Word& word) noexcept {
  // C++20 has no atomic_ref of const; nothing is written.
  return std::atomic_ref(const_cast<Word&>(word)).load(std::memory_order_acquire);
}

template <typename Word>
void post(Word& word, Word value) noexcept {
  std::atomic_ref(word).store(value, std::memory_order_release);
}

/// Two words, each whole; a reader at the wrong moment may see one old and one new. For messages.
inline void post(Description& place, const Description& value) noexcept {
  const auto words = std::bit_cast<std::array<std::uint64_t, 2>>(value);
  auto* to = reinterpret_cast<std::uint64_t*>(&place);
  std::atomic_ref(to[0]).store(words[0], std::memory_order_relaxed);
  std::atomic_ref(to[1]).store(words[1], std::memory_order_relaxed);
}

[[nodiscard]] inline Description peek(const Description& place) noexcept {
  auto* from = reinterpret_cast<std::uint64_t*>(const_cast<Description*>(&place));
  const std::array words{std::atomic_ref(from[0]).load(std::memory_order_relaxed),
                         std::atomic_ref(from[1]).load(std::memory_order_relaxed)};
  return std::bit_cast<Description>(words);
}

}  // namespace septet
