// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/communicator_state.hpp"
#include "communicate/cuda/handles.hpp"
#include "communicate/cuda/message_relay.hpp"

#include <cuda_runtime_api.h>

#include <atomic>
#include <cstddef>
#include <list>
#include <span>

namespace septet {

/// Operations on device buffers without a kernel that waits: data is copied to host memory, a host
/// function of the stream runs the collective there, and the outcome is copied back; messages as
/// MessageRelay says. For ranks that share a device by time slices, where a kernel that waits holds
/// up those that it waits for.
///
/// Errors of the host function break the communicator, and are told by its check().
class Relay {
 public:
  explicit Relay(CommunicatorState& state);
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;
  /// Requires: nothing that was enqueued is still to run.
  ~Relay() = default;

  /// Enqueues a collective. May be captured.
  void enqueue(const Operation& operation, cudaStream_t stream);

  /// Enqueues the messages of a group, none to this rank itself. May be captured.
  void enqueue_messages(std::span<const Operation> messages, cudaStream_t stream);

 private:
  /// What a host function does: part of an operation, on the pinned buffers.
  struct Job {
    Job(Relay* of, const Operation& piece, bool again)
        : relay(of), operation(piece), captured(again) {}
    Relay* relay;
    Operation operation;
    bool captured;  ///< May run again.
    std::atomic<bool> done{false};
  };

  static void CUDART_CB run(void* job);
  void enqueue_piece(const Operation& operation, std::size_t first, std::size_t count,
                     cudaStream_t stream);
  void copy_in(const Operation& operation, std::size_t first, std::size_t count,
               cudaStream_t stream) const;
  void copy_out(const Operation& operation, std::size_t first, std::size_t count,
                cudaStream_t stream) const;
  void enqueue_job(Operation piece, cudaStream_t stream);

  CommunicatorState& state_;
  std::size_t ranks_;
  Pinned send_;   ///< A piece for each rank,
  Pinned recv_;   ///< the same,
  Pinned scale_;  ///< and one element.
  std::list<Job> jobs_;
  MessageRelay messages_;  ///< Through the first two.
};

}  // namespace septet
