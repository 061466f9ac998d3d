// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/communicator.hpp>
#include <septet/operation.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

struct CUstream_st;

namespace septet {

class DeviceEngine;

/// A CUDA stream as the CUDA runtime has it: a cudaStream_t. Null: the legacy default stream.
using Stream = CUstream_st*;

/// A group of ranks of one host whose buffers are in device memory: each rank has its own device or
/// slice of one, or the ranks share a device through MPS. Data goes through host memory, so nothing
/// is asked of the devices but that they can reach it.
///
/// Calls enqueue on a stream and return; what they do happens in stream order. Buffers are any that
/// the device can access. Every call may be captured in a CUDA graph, on all ranks or on none, and
/// replayed between other calls. Operations of one communicator run in the order of their calls,
/// whatever their streams, eager ones and those of one capture; graphs are ordered by where they
/// are launched. A communicator must outlive the graphs that it was captured in.
///
/// Errors: `argument`, `usage` and `device` are thrown by the call. What goes wrong later (a rank
/// died, called something else, aborted) breaks the communicator: the kernels end, with their
/// buffers in any state, and each later call throws Error `peer`, as check() does at any time.
///
/// Threads: one call at a time, but for abort() and check(). Forked children must not use it.
class DeviceCommunicator {
 public:
  /// Meets the other ranks, as Communicator's constructor, for the calling thread's current device.
  explicit DeviceCommunicator(const Membership& membership);

  DeviceCommunicator(DeviceCommunicator&&) noexcept;
  DeviceCommunicator& operator=(DeviceCommunicator&&) noexcept;

  /// Leaves. Waits for what was enqueued, unless the communicator is broken: then for nothing on
  /// the device, and its memory there is freed when another communicator is made or let go of, once
  /// its calls have ended. In a forked child: does nothing.
  ~DeviceCommunicator();

  [[nodiscard]] int rank() const noexcept;
  [[nodiscard]] int size() const noexcept;

  /// The device of this rank, as the CUDA runtime numbers it.
  [[nodiscard]] int device() const noexcept;

  /// Enqueues one operation, or a group whose sends and receives progress all at once.
  void enqueue(const Operation& operation, Stream stream);
  void enqueue(std::span<const Operation> group, Stream stream);

  /// The same on several streams: it starts after all that they hold, and what they are given
  /// afterwards starts after it. Throws Error `usage` unless all are recorded by one capture, or
  /// none is.
  void enqueue(std::span<const Operation> group, std::span<const Stream> streams);

  void all_to_all(const void* send, void* recv, std::size_t count, DataType type, Stream stream);
  void all_to_all(const void* send, Communicator::Parts sent, void* recv,
                  Communicator::Parts received, DataType type, Stream stream);
  void gather(const void* send, void* recv, std::size_t count, DataType type, int root,
              Stream stream);
  void scatter(const void* send, void* recv, std::size_t count, DataType type, int root,
               Stream stream);

  /// As Communicator's. Both block until the ranks of the new one have met.
  [[nodiscard]] std::optional<DeviceCommunicator> split(std::optional<int> color, int key);
  [[nodiscard]] DeviceCommunicator shrink(std::span<const int> excluded);

  /// `mine` of each rank, equally long, to `all` of every rank, in rank order; both in host memory.
  /// Blocks, beside what is enqueued.
  void gather_on_host(std::span<const std::byte> mine, std::span<std::byte> all);

  /// Whether host functions of the stream wait for other ranks, as the device is shared by time
  /// slices or SEPTET_WAIT_ON says so, and no kernels.
  [[nodiscard]] bool waits_on_host() const noexcept;

  /// Breaks the communicator on every rank: kernels that wait end within about a millisecond.
  void abort() noexcept;

  /// Throws the error that broke the communicator, if one did. Never blocks.
  void check() const;

  /// The same, but an abort of another rank throws only once it has met a call of this one: what
  /// this one called before has ended well. After an abort it may block for some milliseconds.
  void check_own_calls() const;

  /// Whether all calls that were not captured have ended. Never blocks.
  [[nodiscard]] bool has_ended() const noexcept;

 private:
  friend void enqueue_together(std::span<const struct DeviceGroup> groups);
  struct LetGo {
    void operator()(DeviceEngine* engine) const noexcept;
  };
  std::unique_ptr<DeviceEngine, LetGo> engine_;
};

/// What one communicator does in enqueue_together.
struct DeviceGroup {
  DeviceCommunicator* communicator;
  std::vector<Operation> operations;
  std::vector<Stream> streams;
};

/// Enqueues the groups of several communicators, of one or several devices, in an order that is the
/// same on all ranks, however they list them: so groups that share a stream do not wait for each
/// other in a circle. Throws Error `usage` when one is named twice. When one breaks half-way, those
/// after it break too.
void enqueue_together(std::span<const DeviceGroup> groups);

}  // namespace septet
