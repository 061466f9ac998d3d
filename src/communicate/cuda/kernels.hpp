// SPDX-License-Identifier: Apache-2.0
// What is launched on a device, but for messages. Plain C++: only kernels.cu needs nvcc.
#pragma once

#include "communicate/cuda/device_state.hpp"
#include "communicate/steps/mail.hpp"
#include "communicate/steps/plan.hpp"
#include "communicate/steps/ring.hpp"

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>

namespace septet {

struct PacketGrid {
  static constexpr std::uint32_t most_threads = 512;

  std::uint32_t blocks = 1;
  std::uint32_t threads = most_threads;  ///< Of a block: whole warps.
};

/// A collective in one round of packets. Its blocks divide the words, and do not wait for each
/// other but by way of other ranks: all must run at once.
struct PacketJob {
  Station station;
  Mail mail;
  ExchangePlan plan;
  PacketGrid grid{};
  /// The kernel may be set up while another such one before it in the stream still waits for other
  /// ranks: processes that share a device by MPS else start one after another. From compute
  /// capability 9.0 on.
  bool set_up_early = false;
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

/// They enqueue and return. Throw Error `device` when the launch fails.
void launch(const PacketJob& job, cudaStream_t stream);
void launch(const ExchangeJob& job, cudaStream_t stream);

/// recv = factor * send, for a communicator of one rank.
void launch_scale(const Operation& operation, cudaStream_t stream);

/// Loads every kernel, those of messages too, into the current context: the first launch of a
/// kernel would else load it, and wait for kernels that spin.
void load_kernels();

/// Whether `device` can set a kernel up early.
[[nodiscard]] bool sets_up_early(int device);

/// How many blocks of a collective, or of messages, `device` can run at once.
[[nodiscard]] std::uint32_t resident_blocks(int device);

}  // namespace septet
