// SPDX-License-Identifier: Apache-2.0
// What is launched on a device for messages. Plain C++: only messages.cu needs nvcc.
#pragma once

#include "communicate/cuda/device_state.hpp"
#include "communicate/host/errand.hpp"
#include "communicate/steps/message.hpp"
#include <septet/communicator.hpp>

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>

namespace septet {

/// One send or recv of a group.
struct MessageEntry {
  MessagePlan plan;
  std::byte* buffer = nullptr;
};

/// The messages of a group to one peer, or from it: they go one after another.
struct MessageLane {
  std::uint32_t begin = 0;         ///< Number of its first entry,
  std::uint32_t chunks = 0;        ///< the chunks of all its entries,
  std::uint16_t first_worker = 0;  ///< and the first of those to whom they are dealt.
  std::uint8_t peer = 0;
  bool sends = false;
};

/// The sends and receives of a group, by lane. Each block is one worker of a lane, or several in
/// turn when there are fewer blocks than lanes. Blocks that wait need what others do, of this rank
/// and of its peers: all must run at once.
struct MessageJob {
  static constexpr std::uint32_t threads = 512;  ///< Of a block.
  static constexpr std::uint32_t most_lanes = 2 * max_ranks;
  static constexpr std::uint32_t most_here = 32;  ///< More entries lie in a table.

  [[nodiscard]] std::uint32_t workers() const { return lane[lanes].first_worker; }

  Station station;
  std::uint32_t blocks = 1;
  std::uint32_t lanes = 0;
  MessageLane lane[most_lanes + 1];  ///< The last one is where the one before ends.
  const MessageEntry* table = nullptr;
  MessageEntry here[most_here];
};
static_assert(sizeof(MessageJob) <= 4096, "more takes a driver of CUDA 12.1, and time");

/// Entries on their way into a table on the device: by value, so that a graph keeps them.
struct EntryBatch {
  static constexpr std::uint32_t most = 512;  ///< As many as a kernel's parameters hold.

  MessageEntry* to = nullptr;
  std::uint32_t count = 0;
  MessageEntry entries[most];
};

/// Copies that a host function orders only when it runs: where it tells how many, and which.
struct CopyJob {
  const std::uint32_t* count = nullptr;
  const CopyOrder* copies = nullptr;
};

/// They enqueue and return. Throw Error `device` when the launch fails.
void launch(const MessageJob& job, cudaStream_t stream);
void launch(const EntryBatch& batch, cudaStream_t stream);
void launch(const CopyJob& job, cudaStream_t stream);

/// Parts of load_kernels and resident_blocks.
void load_message_kernels();
[[nodiscard]] int resident_message_blocks();

}  // namespace septet
