// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace septet {

/// What one element of a buffer is. The first twelve have the numbers of ncclDataType_t.
enum class DataType : std::uint8_t {
  int8,
  uint8,
  int32,
  uint32,
  int64,
  uint64,
  float16,
  float32,
  float64,
  bfloat16,
  float8_e4m3,  ///< The form without infinities of the OCP 8-bit floating point specification.
  float8_e5m2,
  int16,
  uint16,
};

/// How the elements of several ranks become one. The numbers are those of ncclRedOp_t.
///
/// Elements are combined in the order of the ranks, always, so every rank gets the same bits, in
/// every run, whatever the path. Integers wrap. 16- and 8-bit floats are accumulated in float32 and
/// rounded once, to nearest even. `avg` sums, then divides once: integers truncate towards zero.
/// `max` and `min` pass a number on where the other operand is NaN, as IEEE 754's maximumNumber,
/// and +0 is larger than -0. The 8-bit floats saturate: what is too large becomes the largest
/// number, as with NCCL, though an infinity stays one. A NaN that comes out has neither sign nor
/// payload.
enum class Reduction : std::uint8_t { sum, prod, max, min, avg };

/// Bytes of one element.
[[nodiscard]] std::size_t size_of(DataType type) noexcept;

/// The enumerator's own word, as messages and JSON print it.
[[nodiscard]] std::string_view name_of(DataType type) noexcept;
[[nodiscard]] std::string_view name_of(Reduction reduction) noexcept;

/// Every value, in the order of their numbers.
[[nodiscard]] std::span<const DataType> all_data_types() noexcept;
[[nodiscard]] std::span<const Reduction> all_reductions() noexcept;

}  // namespace septet
