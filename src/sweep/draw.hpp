// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/space.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace septet {

// Random numbers that are the same on all machines: integer arithmetic, and floating point that
// uses only the operations which IEEE 754 defines to the last bit. The standard library's
// distributions and the C library's exp and log differ from one to the other.

/// 64 random bits that depend on all arguments and nothing else.
/// Source: the finalizer of SplitMix64 (Steele, Lea, Flood 2014), chained over the arguments.
[[nodiscard]] std::uint64_t random_bits(std::uint64_t seed, std::string_view stream,
                                        std::uint64_t index);

/// The value of `parameter` in draw `index`: a number in up to six significant digits within the
/// bounds, or a choice.
[[nodiscard]] std::string draw(const RandomParameter& parameter, std::uint64_t seed,
                               std::uint64_t index);

/// FNV-1a, 64 bits: tells a change, not an attack. Pieces go in with their length, so that
/// {"ab", "c"} and {"a", "bc"} differ.
class Digest {
 public:
  void add(std::string_view piece);
  void add(std::uint64_t number);
  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  void add_byte(unsigned char byte);
  std::uint64_t value_ = 0xcbf29ce484222325U;
};

}  // namespace septet
