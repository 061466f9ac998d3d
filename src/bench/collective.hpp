// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/operation.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace septet::bench {

/// What is measured. The enumerator's word is what the command line and JSON have.
enum class Collective : std::uint8_t {
  all_reduce,
  all_gather,
  reduce_scatter,
  broadcast,
  reduce,
  all_to_all,
  gather,
  scatter,
  send_recv,  ///< Each rank sends to the next one and receives from the one before, in a ring.
};

[[nodiscard]] std::string_view name_of(Collective collective) noexcept;
[[nodiscard]] std::span<const Collective> all_collectives() noexcept;
[[nodiscard]] bool reduces(Collective collective) noexcept;

/// Whether send and recv may be the same buffer, or parts of one.
[[nodiscard]] bool can_be_in_place(Collective collective) noexcept;

/// Whether N parts of `count` elements lie side by side somewhere: then the size of a call is that
/// of all parts, as nccl-tests counts it.
[[nodiscard]] bool has_parts(Collective collective) noexcept;

/// busbw = bus_factor x algbw: what each link carries at least, so that figures of different
/// numbers of ranks compare. Source: nccl-tests, PERFORMANCE.md.
[[nodiscard]] double bus_factor(Collective collective, int ranks) noexcept;

/// One measured call; the same on every rank. Rank 0 is the root. Plain value.
struct Case {
  Collective collective = Collective::all_reduce;
  DataType type = DataType::float32;
  Reduction reduction = Reduction::sum;
  std::size_t count = 0;  ///< Elements of one part.
};

/// The case of about `bytes` bytes: rounded down to whole parts, but one element at least.
[[nodiscard]] Case case_of(Collective collective, DataType type, Reduction reduction,
                           std::uint64_t bytes, int ranks) noexcept;

/// The size S of a call: the larger of what goes in and what comes out of one rank, in bytes.
[[nodiscard]] std::size_t bytes_of(const Case& each, int ranks) noexcept;

enum class Form : std::uint8_t { out_of_place, in_place };

/// Who a rank is.
struct Seat {
  int rank = 0;
  int ranks = 1;
};

/// Elements that a rank gives and gets; zero: its buffer is ignored.
[[nodiscard]] std::size_t sent_elements(const Case& each, Seat seat) noexcept;
[[nodiscard]] std::size_t received_elements(const Case& each, Seat seat) noexcept;

/// Where a rank's data is.
struct Buffers {
  void* send = nullptr;
  void* recv = nullptr;
};

/// Both buffers within `all`, which has N * count elements, as the in-place form wants them.
/// Requires: can_be_in_place.
[[nodiscard]] Buffers in_place(const Case& each, Seat seat, void* all) noexcept;

/// The group of operations that a rank runs.
[[nodiscard]] std::vector<Operation> operations_of(const Case& each, Seat seat,
                                                   const Buffers& buffers);

}  // namespace septet::bench
