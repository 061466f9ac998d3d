// SPDX-License-Identifier: Apache-2.0
// What every kernel does at its begin, at its end, and when ranks turn out to call different
// things.
#pragma once

#include "communicate/cuda/device_state.hpp"
#include "communicate/cuda/system_memory.cuh"
#include "communicate/steps/flag.hpp"

#include <cstdint>

namespace septet {

__device__ inline DeviceState::Progress progress_of(const Station& station) {
  const auto words = __ldcv(reinterpret_cast<const int4*>(&station.state->progress));
  return __builtin_bit_cast(DeviceState::Progress, words);
}

/// Read at the begin as well, where it costs no time.
__device__ inline bool has_given_up(const Station& station) {
  return __ldcv(&station.state->gave_up) != 0;
}

/// Tells the other ranks what this one is at. By one thread.
__device__ inline void enter(const Station& station, std::uint32_t operations,
                             const Description& description) {
  RankCard& card = station.cards[station.rank];
  store_now(&card.operation, description);
  store_now(&card.entered, std::uint64_t{operations} + 1);
}

/// Breaks the communicator: this rank and `culprit` called different things. By one thread.
__device__ inline void raise_mismatch(const Station& station, int culprit, const Description& mine,
                                      const Description& theirs) {
  RankCard& card = station.cards[station.rank];
  store_now(&card.culprit, static_cast<std::int32_t>(culprit));
  store_now(&card.mine, mine);
  store_now(&card.theirs, theirs);
  store_now(reinterpret_cast<std::uint32_t*>(&card.trouble),
            static_cast<std::uint32_t>(Trouble::mismatch));
  __threadfence_system();
  store_now(station.broken, static_cast<std::uint32_t>(station.rank) + 1);
}

/// What a rank, whose flag or packet told something else than expected, says on its card.
__device__ inline Description read_from_card(const Description* place) {
  // It is written at the same time as that flag, and need not come first.
  for (int i = 0; i < 100; ++i) __nanosleep(1000);
  Description description;
  auto* to = reinterpret_cast<std::uint64_t*>(&description);
  const auto* from = reinterpret_cast<const std::uint64_t*>(place);
  to[0] = load_now(from);
  to[1] = load_now(from + 1);
  return description;
}

/// How a kernel ended, as the last of its blocks to be done finds.
struct Ending {
  bool is_last = false;  ///< Whether this block is it; else nothing is known.
  bool is_whole = false;
};

/// By one thread of each block, which says how its steps ended.
__device__ inline Ending end_block(DeviceState& state, Step step) {
  constexpr unsigned gave_up = 1U << 16;  // More than blocks.
  const bool is_whole = step == Step::finished;
  if (gridDim.x == 1) return {true, is_whole};
  __threadfence();
  const unsigned mine = is_whole ? 1 : 1 + gave_up;
  const unsigned all = atomicAdd(&state.arrivals, mine) + mine;
  if (all % gave_up != gridDim.x) return {};
  state.arrivals = 0;
  __threadfence();
  return {true, all < gave_up};
}

/// Counts an operation, unless it or one before was given up: then it stays under way for ever.
/// `before`: what has_given_up was at the begin. By one thread.
__device__ inline void leave(const Station& station, std::uint32_t operations, bool is_whole,
                             bool before) {
  if (!is_whole) station.state->gave_up = 1;
  if (is_whole && !before) station.state->progress.operations = operations + 1;
}

}  // namespace septet
