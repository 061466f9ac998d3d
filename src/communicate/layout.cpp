// SPDX-License-Identifier: Apache-2.0
#include "communicate/layout.hpp"

#include <algorithm>
#include <bit>

namespace septet {
namespace {

constexpr std::size_t page_bytes = 4096;

std::size_t rounded_up(std::size_t bytes, std::size_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

std::size_t pairs(int ranks) {
  return static_cast<std::size_t>(ranks) * static_cast<std::size_t>(ranks - 1);
}

/// Every ordered pair of different ranks has a number.
std::size_t pair_index(int sender, int receiver, int ranks) {
  const int column = receiver > sender ? receiver - 1 : receiver;
  return static_cast<std::size_t>(sender) * static_cast<std::size_t>(ranks - 1) +
         static_cast<std::size_t>(column);
}

/// Below this, reading more at once takes less time than one hop more. By all ranks, in packets.
/// Source: docs/performance.md, Collectives on the device.
constexpr std::size_t bytes_of_a_hop = 48 << 10;

/// Most that all ranks read of an all-reduce in packets; the ring needs half as many bytes, and
/// some hops more. No rank has more than most_packet_bytes.
constexpr std::size_t most_bytes_read = 1536 << 10;
constexpr std::size_t most_packet_bytes = 128 << 10;
constexpr std::size_t least_packet_bytes = 8 << 10;

/// Of a rank's data in an all-reduce by packets, as far as the link goes: in two phases each rank
/// reads 4 * (ranks - 1) / ranks times its data, for packets are twice that.
std::size_t all_reduce_bytes_for(std::size_t ranks) {
  const std::size_t link = most_bytes_read / 4 / std::max<std::size_t>(1, ranks - 1);
  return std::clamp(link, least_packet_bytes, most_packet_bytes);
}

/// Of an all-reduce in one phase: each rank reads ranks - 2 times more than half of what it would
/// in two, of all others.
std::size_t one_phase_bytes_for(std::size_t ranks) {
  if (ranks <= 2) return most_packet_bytes;
  return bytes_of_a_hop / (2 * (ranks - 1) * (ranks - 2));
}

/// Data that one rank can send to another in a round: there are two sets of packets of each pair,
/// and as many of results.
std::size_t bytes_of_pair_for(std::size_t ranks, std::size_t budget_bytes) {
  const std::size_t packets = budget_bytes / 5 / (4 * ranks * ranks) / sizeof(Packet);
  return (std::max<std::size_t>(packets, 8) - 1) * word_bytes;
}

}  // namespace

PacketLimits packet_limits_for(int ranks, std::size_t budget_bytes) {
  const auto n = static_cast<std::size_t>(ranks);
  const std::size_t of_pair = bytes_of_pair_for(n, budget_bytes);
  const std::size_t one_phase = std::min(one_phase_bytes_for(n), of_pair);
  const std::size_t two_phases = n <= 2 ? 0 : std::min(all_reduce_bytes_for(n), n * of_pair);
  const std::size_t others = std::min(std::max(one_phase, least_packet_bytes), of_pair);
  const auto words = [](std::size_t bytes) {
    return static_cast<std::uint32_t>(bytes / word_bytes);
  };
  const auto results = static_cast<std::uint32_t>(share_of(words(two_phases), ranks));
  return {.capacity = 1 + std::max({words(one_phase), words(others), results}),
          .result_capacity = results,
          .one_phase_words = words(one_phase),
          .two_phases_words = words(two_phases),
          .most_words = words(others)};
}

Capacity capacity_for(int ranks, std::size_t budget_bytes, const SlotCounts& slots,
                      std::size_t slot_bytes) {
  Capacity capacity{.ranks = ranks,
                    .slots = slots.ring,
                    .has_results = slots.has_results,
                    .slot_bytes = slot_bytes,
                    .pipe_slots = slots.pipe};
  const auto n = static_cast<std::size_t>(ranks);
  // Three quarters for the ring, the rest for pipes.
  const std::size_t ring_slots = (n + (slots.has_results ? 1 : 0)) * slots.ring;
  const std::size_t slot = std::bit_floor(budget_bytes / 4 * 3 / ring_slots);
  const std::size_t least = 128 * std::bit_ceil(n);
  capacity.slot_bytes = std::clamp(slot, least, std::max(least, capacity.slot_bytes));
  const std::size_t pipe_slots = std::max<std::size_t>(1, pairs(ranks) * capacity.pipe_slots);
  const std::size_t pipe_slot = std::bit_floor(budget_bytes / 4 / pipe_slots);
  capacity.pipe_slot_bytes = std::clamp<std::size_t>(pipe_slot, 1024, capacity.pipe_slot_bytes);
  return capacity;
}

SegmentLayout::SegmentLayout(const Capacity& capacity) : capacity_(capacity) {
  const auto ranks = static_cast<std::size_t>(capacity.ranks);
  board_ = add(sizeof(RankCard) * (ranks + 1));
  const auto readers = static_cast<std::size_t>(capacity.flag_readers);
  ring_flags_ = add(sizeof(FlagLine) * 3 * capacity.slots * readers * ranks);
  pipe_flags_ = add(sizeof(FlagLine) * 2 * capacity.pipe_slots * pairs(capacity.ranks));
  stage_ = add(ranks * capacity.slots * capacity.slot_bytes);
  result_ = add(capacity.has_results ? capacity.slots * capacity.slot_bytes : 0);
  pipe_data_ = add(pairs(capacity.ranks) * capacity.pipe_slots * capacity.pipe_slot_bytes);
  control_flags_ = add(sizeof(FlagLine) * 3 * control_slots * ranks);
  control_data_ = add((ranks + 1) * control_slots * control_slot_bytes);
  mail_ = add(sizeof(Packet) * 2 * ranks * ranks * capacity.packets.capacity);
  mail_results_ = add(sizeof(Packet) * 2 * ranks * ranks * capacity.packets.result_capacity);
}

std::size_t SegmentLayout::add(std::size_t bytes) {
  const std::size_t begin = bytes_;
  bytes_ += rounded_up(bytes, page_bytes);
  return begin;
}

Board SegmentLayout::board(std::byte* base) const {
  // The first card's place is that of the words of all ranks.
  auto* words = reinterpret_cast<std::uint32_t*>(base + board_);
  auto* cards = reinterpret_cast<RankCard*>(base + board_) + 1;
  return {words, {cards, static_cast<std::size_t>(capacity_.ranks)}};
}

Ring SegmentLayout::ring(std::byte* base, int rank) const {
  auto* flags = reinterpret_cast<FlagLine*>(base + ring_flags_);
  const std::size_t each = capacity_.slots * static_cast<std::size_t>(capacity_.flag_readers) *
                           static_cast<std::size_t>(capacity_.ranks);
  return {.published = flags,
          .combined = flags + each,
          .finished = flags + 2 * each,
          .stage = base + stage_,
          .result = capacity_.has_results ? base + result_ : nullptr,
          .slot_bytes = capacity_.slot_bytes,
          .slots = capacity_.slots,
          .ranks = capacity_.ranks,
          .rank = rank,
          .readers = capacity_.flag_readers};
}

Ring SegmentLayout::control_ring(std::byte* base, int rank) const {
  auto* flags = reinterpret_cast<FlagLine*>(base + control_flags_);
  const std::size_t each = control_slots * static_cast<std::size_t>(capacity_.ranks);
  return {.published = flags,
          .combined = flags + each,
          .finished = flags + 2 * each,
          .stage = base + control_data_,
          .result = base + control_data_ + each * control_slot_bytes,
          .slot_bytes = control_slot_bytes,
          .slots = control_slots,
          .ranks = capacity_.ranks,
          .rank = rank};
}

Mail SegmentLayout::mail(std::byte* base, int rank) const {
  return {.packets = reinterpret_cast<Packet*>(base + mail_),
          .results = reinterpret_cast<Packet*>(base + mail_results_),
          .limits = capacity_.packets,
          .ranks = capacity_.ranks,
          .rank = rank};
}

Pipe SegmentLayout::pipe(std::byte* base, int sender, int receiver) const {
  const std::size_t index = pair_index(sender, receiver, capacity_.ranks) * capacity_.pipe_slots;
  auto* flags = reinterpret_cast<FlagLine*>(base + pipe_flags_) + 2 * index;
  return {.sent = flags,
          .taken = flags + capacity_.pipe_slots,
          .data = base + pipe_data_ + index * capacity_.pipe_slot_bytes,
          .slot_bytes = capacity_.pipe_slot_bytes,
          .slots = capacity_.pipe_slots};
}

}  // namespace septet
