// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/board.hpp"
#include "communicate/steps/ring.hpp"
#include <septet/communicator.hpp>

#include <cstdint>

namespace septet {

/// How far a rank has come, in its device's memory: kernels read it and move it on, so that what
/// was captured once in a CUDA graph may run any number of times, and between other calls.
struct DeviceState {
  /// Read at once, at the start of each kernel.
  struct alignas(16) Progress {
    std::uint32_t ring_chunks = 0;
    std::uint32_t rounds = 0;       ///< By packets.
    std::uint32_t operations = 0;   ///< Kernels that ran to their end,
    std::uint32_t collectives = 0;  ///< and those of them that were collectives.
  };
  Progress progress;
  std::uint32_t arrivals = 0;  ///< Blocks of the running kernel that are done.
  std::uint32_t gave_up = 0;   ///< 1: a kernel did not come to its end, and none counts any more.

  /// To or from one rank: the pipe, and the chunks moved through it.
  struct Way {
    Pipe pipe;
    std::uint32_t chunks = 0;
  };
  Way out[max_ranks];
  Way in[max_ranks];
};

/// What every kernel of a communicator needs, by the device's addresses.
struct Station {
  DeviceState* state = nullptr;
  std::uint32_t* broken = nullptr;  ///< Of the Board.
  RankCard* cards = nullptr;
  int rank = 0;
  int ranks = 1;
};

}  // namespace septet
