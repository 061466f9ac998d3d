// SPDX-License-Identifier: Apache-2.0
// The words by which ranks wait for each other. Each has one writer at any time, and counts up: a
// rank that died half-way leaves an old count, never a lock.
#pragma once

#include "communicate/both.hpp"
#include <septet/operation.hpp>

#include <cstdint>

namespace septet {

/// What a rank is doing, in the form in which it is compared and shown. Plain memory of the
/// segment.
struct Description {
  std::uint64_t count = 0;
  std::uint8_t kind = 0;
  std::uint8_t type = 0;
  std::uint8_t reduction = 0;
  std::uint8_t scaled = 0;
  std::int32_t root = 0;
};

/// One line of cache, so that two writers never share one.
struct alignas(64) FlagLine {
  std::uint64_t value =
      0;  ///< signature << 32 | sequence; read with acquire, written with release.
  Description description;  ///< Of the operation that wrote it, for messages only.
};

/// One flag, once for each reader.
struct FlagCopies {
  FlagLine* first = nullptr;
  int stride = 0;
  int count = 1;
};

SEPTET_BOTH constexpr std::uint32_t sequence_of(std::uint64_t flag) {
  return static_cast<std::uint32_t>(flag);
}

SEPTET_BOTH constexpr std::uint32_t signature_of(std::uint64_t flag) {
  return static_cast<std::uint32_t>(flag >> 32);
}

SEPTET_BOTH constexpr std::uint64_t flag_of(std::uint32_t signature, std::uint32_t sequence) {
  return static_cast<std::uint64_t>(signature) << 32 | sequence;
}

/// Sequences wrap after 2^32. Only for flags that are written for every chunk, so that they are
/// never half of that apart.
SEPTET_BOTH constexpr bool reached(std::uint64_t flag, std::uint32_t sequence) {
  return static_cast<std::int32_t>(sequence_of(flag) - sequence) >= 0;
}

/// What a flag has to be before a step may go on.
struct Expectation {
  std::uint32_t sequence = 0;
  std::uint32_t signature = 0;
  bool signed_by_all = false;  ///< The flag's signature must be mine, too.
};

/// Whether a flag is as far as expected. A signed one is written by some collectives only, so an
/// old one may be any number of chunks behind; but it cannot be ahead of who waits for it.
SEPTET_BOTH constexpr bool came(std::uint64_t flag, const Expectation& expected) {
  if (expected.signed_by_all) return sequence_of(flag) == expected.sequence;
  return reached(flag, expected.sequence);
}

/// What came of looking at the flags of some ranks: the first that holds the step up, if any.
struct Look {
  int rank = -1;  ///< Nobody: -1.
  bool mismatch = false;

  [[nodiscard]] SEPTET_BOTH constexpr bool clear() const { return rank < 0; }
};

/// The outcome of one try at a step.
enum class Step : std::uint8_t { waiting, moved, finished, mismatch };

}  // namespace septet
