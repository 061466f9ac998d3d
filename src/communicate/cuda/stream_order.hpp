// SPDX-License-Identifier: Apache-2.0
// In which order what is enqueued on several streams runs.
#pragma once

#include "communicate/cuda/handles.hpp"

#include <cuda_runtime_api.h>

#include <span>

namespace septet {

/// By which capture of a graph a stream is recorded, if by any.
struct Capture {
  bool active = false;
  unsigned long long id = 0;  ///< Another one for each capture of the process.

  bool operator==(const Capture&) const = default;
};

[[nodiscard]] Capture capture_of(cudaStream_t stream);

/// That of all `streams`. Throws Error `usage` when they are not recorded by the same one, or not
/// all of them are; `argument` when there is no stream.
[[nodiscard]] Capture common_capture(std::span<const cudaStream_t> streams);

/// Lets the calls of one communicator run one after another, whatever their streams. In a graph
/// that holds for what was captured together; graphs are ordered by where they are launched.
class StreamOrder {
 public:
  /// What is enqueued next, on the first of `streams`, starts after the call before, and after all
  /// that the streams hold now. Requires: common_capture(streams) is `capture`.
  void begin(std::span<const cudaStream_t> streams, const Capture& capture);

  /// What the streams are given from now on starts after what was enqueued on the first.
  void end(std::span<const cudaStream_t> streams);

  /// Waits for the end of the last call that was not captured. Ignores CUDA's errors.
  void wait() noexcept;

  /// Whether that end has come. Never waits.
  [[nodiscard]] bool has_ended() const noexcept;

 private:
  /// The last call.
  struct Last {
    bool exists = false;
    cudaStream_t stream = nullptr;
    Capture capture;
    Event end;
  };
  [[nodiscard]] static bool must_wait(const Last& last, cudaStream_t stream);

  Last eager_;
  Last captured_;
  Last* current_ = &eager_;
  Event all_;  ///< Of one stream after another: a wait is for what an event is at that time.
};

}  // namespace septet
