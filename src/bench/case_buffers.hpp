// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/collective.hpp"
#include "bench/data.hpp"
#include "bench/memory.hpp"
#include <septet/communicator.hpp>

#include <cstdint>

namespace septet::bench {

/// What one rank gives to a case and gets from it: buffers in a Memory, filled and judged by the
/// host. One thread.
class CaseBuffers {
 public:
  /// `memory` must outlive it.
  CaseBuffers(Memory& memory, Seat seat) : memory_(memory), seat_(seat) {}

  /// Makes buffers for `each`; those of the case before are gone. Throws as Memory::allocate.
  void make(const Case& each, Form form);

  /// Writes what this rank gives, and into what it gets what no right result is.
  void fill();

  /// Elements that this rank got and that are not as they must be.
  [[nodiscard]] std::size_t count_wrong(Check check);

  [[nodiscard]] const Case& each() const noexcept { return case_; }
  [[nodiscard]] Seat seat() const noexcept { return seat_; }
  [[nodiscard]] const Buffers& buffers() const noexcept { return buffers_; }

 private:
  void poison();
  void write_input();

  Memory& memory_;
  Seat seat_;
  Case case_;
  Memory::Block first_;
  Memory::Block second_;  ///< The received data, out of place.
  Buffers buffers_;
};

/// Wrong elements of all ranks. Called by all of them.
[[nodiscard]] std::uint64_t count_all_wrong(CaseBuffers& own, Check check, Communicator& ranks);

}  // namespace septet::bench
