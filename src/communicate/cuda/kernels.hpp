// SPDX-License-Identifier: Apache-2.0
// What is launched on a device. Plain C++: only kernels.cu needs nvcc.
#pragma once

#include "communicate/cuda/device_state.hpp"
#include "communicate/steps/mail.hpp"
#include "communicate/steps/message.hpp"
#include "communicate/steps/plan.hpp"
#include "communicate/steps/ring.hpp"

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>

namespace septet {

/// A collective in one round of packets. Its blocks divide the words, and do not wait for each
/// other but by way of other ranks: all must run at once.
struct PacketJob {
  static constexpr std::uint32_t threads = 512;  ///< Of a block.

  Station station;
  Mail mail;
  ExchangePlan plan;
  std::uint32_t blocks = 1;
};

/// How many blocks do which steps of a collective through the ring.
struct BlockCrew {
  std::uint32_t publishers = 0;
  std::uint32_t combiners = 0;  ///< None when a host thread combines.
  std::uint32_t collectors = 0;

  [[nodiscard]] std::uint32_t blocks() const { return publishers + combiners + collectors; }
};

/// A collective through the ring.
struct ExchangeJob {
  Station station;
  Ring ring;
  ExchangePlan plan;
  BlockCrew crew;
  /// Where the first chunk's number is told to the host thread that combines, as
  /// flag_of(number, ticket); nullptr when none does.
  std::uint64_t* begun = nullptr;
  std::uint32_t ticket = 0;
};

/// One send or recv of a group. Those of one peer and direction are a lane, and run one after
/// another.
struct MessageEntry {
  MessagePlan plan;
  std::byte* buffer = nullptr;
  std::int32_t peer = 0;
  bool sends = false;
};

/// The sends and receives of a group, sorted by lane.
struct MessageJob {
  static constexpr std::uint32_t most_entries = 400;  ///< As many as a kernel's parameters hold.
  static constexpr std::uint32_t most_lanes = 2 * max_ranks;

  Station station;
  std::uint32_t lanes = 0;
  std::uint16_t begin_of_lane[most_lanes + 1] = {};  ///< Entry numbers.
  MessageEntry entries[most_entries];
};

/// They enqueue and return. Throw Error `device` when the launch fails.
void launch(const PacketJob& job, cudaStream_t stream);
void launch(const ExchangeJob& job, cudaStream_t stream);
void launch(const MessageJob& job, cudaStream_t stream);

/// recv = factor * send, for a communicator of one rank.
void launch_scale(const Operation& operation, cudaStream_t stream);

/// Loads every kernel into the current context: the first launch of a kernel would else load it,
/// and wait for kernels that spin.
void load_kernels();

/// How many blocks of a collective `device` can run at once, whichever way it goes.
[[nodiscard]] std::uint32_t resident_blocks(int device);

}  // namespace septet
