// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/communicator_state.hpp"
#include "communicate/cuda/handles.hpp"
#include "communicate/cuda/message_kernels.hpp"
#include "communicate/host/errand.hpp"

#include <cuda_runtime_api.h>

#include <atomic>
#include <cstddef>
#include <list>
#include <span>

namespace septet {

/// Messages on device buffers without a kernel that waits: host functions of the stream run the
/// rounds of an Errand, and kernels between them make the copies that the rounds order. All rounds
/// that may be needed are enqueued; the last ones may find nothing left to do.
///
/// Errors of a host function break the communicator, and are told by its check().
class MessageRelay {
 public:
  /// `windows`: pinned, and used by nobody else while messages run.
  MessageRelay(CommunicatorState& state, const Errand::Windows& windows);
  MessageRelay(const MessageRelay&) = delete;
  MessageRelay& operator=(const MessageRelay&) = delete;
  /// Requires: nothing that was enqueued is still to run.
  ~MessageRelay() = default;

  /// Requires: none is to this rank itself. May be captured.
  void enqueue(std::span<const Operation> messages, cudaStream_t stream);

 private:
  struct Job {
    Job(MessageRelay* of, std::span<const Operation> messages, bool again)
        : relay(of),
          errand(of->state_, messages, of->windows_),
          first(describe(messages.front())),
          captured(again) {}
    MessageRelay* relay;
    Errand errand;
    Description first;
    bool captured;         ///< May run again.
    std::size_t left = 0;  ///< Rounds.
    std::atomic<bool> done{false};
  };

  using ErrandStep = std::span<const CopyOrder> (Errand::*)();

  static void CUDART_CB begin(void* job);
  static void CUDART_CB run(void* job);
  /// The host function `step`, and the copies that it orders.
  void enqueue_step(cudaHostFn_t step, Job& job, cudaStream_t stream) const;
  /// Does one step of the job's errand, and orders the copies that it wants: none when it failed.
  void take_step(Job& job, ErrandStep step) const noexcept;
  void order(std::span<const CopyOrder> copies) const;

  CommunicatorState& state_;
  Errand::Windows windows_;
  Pinned count_;   ///< Where kernels are told how many copies to make,
  Pinned copies_;  ///< and which.
  std::list<Job> jobs_;
};

}  // namespace septet
