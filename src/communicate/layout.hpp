// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/board.hpp"
#include "communicate/steps/mail.hpp"
#include "communicate/steps/plan.hpp"
#include "communicate/steps/ring.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace septet {

/// How large the parts of a segment are. The same on all ranks.
struct Capacity {
  int ranks = 1;
  std::uint32_t slots = 8;             ///< Ring slots of a rank,
  bool has_results = true;             ///< and whether there are as many for results; see Ring.
  std::size_t slot_bytes = 128 << 10;  ///< Multiple of 128 * ranks.
  int flag_readers = 1;                ///< See Ring: 1, or ranks.
  std::uint32_t pipe_slots = 4;        ///< A power of two: numbers of chunks wrap around 2^32.
  std::size_t pipe_slot_bytes = 32 << 10;
  PacketLimits packets = {};
};

/// Slots of the control ring, and bytes of each.
inline constexpr std::uint32_t control_slots = 2;
inline constexpr std::size_t control_slot_bytes = 256;

/// How many slots a ring and a pipe have: the further the link that chunks cross, the more are
/// under way.
struct SlotCounts {
  std::uint32_t ring = 8;
  std::uint32_t pipe = 4;
  bool has_results = true;  ///< As Capacity's.
};

/// The capacity for `ranks` ranks within about `budget_bytes` of memory for all of them together.
/// `slot_bytes`: the most that a slot of the ring may have. Nothing goes by packets.
[[nodiscard]] Capacity capacity_for(int ranks, std::size_t budget_bytes, const SlotCounts& slots,
                                    std::size_t slot_bytes);

/// What goes by packets between `ranks` ranks, when that crosses the link of one device, within a
/// fifth of `budget_bytes` (but for 7 words). Source of the numbers: docs/performance.md,
/// Collectives on the device.
[[nodiscard]] PacketLimits packet_limits_for(int ranks, std::size_t budget_bytes);

/// Where things lie in a segment: offsets from its first byte, each on a page of its own.
class SegmentLayout {
 public:
  explicit SegmentLayout(const Capacity& capacity);

  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] const Capacity& capacity() const noexcept { return capacity_; }

  /// The parts of the segment that begins at `base`, by addresses there.
  [[nodiscard]] Board board(std::byte* base) const;
  [[nodiscard]] Ring ring(std::byte* base, int rank) const;
  /// A small ring beside the other, for what hosts tell each other of device communicators.
  [[nodiscard]] Ring control_ring(std::byte* base, int rank) const;
  [[nodiscard]] Mail mail(std::byte* base, int rank) const;
  [[nodiscard]] Pipe pipe(std::byte* base, int sender, int receiver) const;

 private:
  std::size_t add(std::size_t bytes);

  Capacity capacity_;
  std::size_t bytes_ = 0;
  std::size_t board_;
  std::size_t ring_flags_;
  std::size_t pipe_flags_;
  std::size_t stage_;
  std::size_t result_;
  std::size_t pipe_data_;
  std::size_t mail_;
  std::size_t mail_results_;
  std::size_t control_flags_;
  std::size_t control_data_;
};

}  // namespace septet
