// SPDX-License-Identifier: Apache-2.0
// What the C interface asks of devices and of the collectives engine. Two implementations: over
// CUDA, in libnccl.so.2, and over host memory, in a stand-in that tests load where there is no GPU.
// Which one a library has is decided when it is linked: both define `backend()`.
#pragma once

#include <septet/communicator.hpp>
#include <septet/operation.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

struct CUstream_st;

namespace septet::abi {

using Stream = CUstream_st*;

/// One rank's side of one communicator. Threads: one call at a time, but for abort() and check().
class Channel {
 public:
  Channel() = default;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  /// Leaves; waits for nobody when it is broken.
  virtual ~Channel() = default;

  [[nodiscard]] virtual int rank() const noexcept = 0;
  [[nodiscard]] virtual int size() const noexcept = 0;
  [[nodiscard]] virtual int device() const noexcept = 0;

  /// The same number of bytes of each rank to every rank, in host memory, in rank order: what ranks
  /// tell each other of a split. Blocks, and waits for nothing that was launched.
  virtual void gather(std::span<const std::byte> mine, std::span<std::byte> all) = 0;

  /// As DeviceCommunicator's.
  virtual void abort() noexcept = 0;
  /// As its check_own_calls.
  virtual void check() const = 0;
  [[nodiscard]] virtual bool has_ended() const noexcept = 0;

  /// Device memory that this rank holds for it.
  [[nodiscard]] virtual std::size_t device_bytes() const noexcept = 0;

  /// How data goes and why, in a line for the log: "host memory, kernels wait, …".
  [[nodiscard]] virtual std::string path() const = 0;
};

/// What one channel does in a group. The work starts after all of `streams` and they wait for it.
struct Launch {
  Channel* channel = nullptr;
  std::vector<Operation> operations;
  std::vector<Stream> streams;
};

class Backend {
 public:
  virtual ~Backend() = default;

  [[nodiscard]] virtual int device_count() const = 0;
  [[nodiscard]] virtual int current_device() const = 0;
  /// Makes it the calling thread's. Throws Error `argument` where there is none.
  virtual void select_device(int device) const = 0;
  /// The same for one that was current before; ignores errors.
  virtual void restore_device(int device) const noexcept = 0;

  /// What messages call a device: its UUID where it is a slice.
  [[nodiscard]] virtual std::string name_of(int device) const = 0;

  /// Memory that kernels can use, of the current device.
  [[nodiscard]] virtual void* allocate(std::size_t bytes) const = 0;
  virtual void free(void* memory) const = 0;

  /// Meets the other ranks, for the current device. Blocks.
  [[nodiscard]] virtual std::unique_ptr<Channel> connect(const Membership& membership) const = 0;

  /// Starts the groups of several channels so that all progress together; returns when they are
  /// enqueued. Throws what the engine throws; then the channels that are half done are broken.
  virtual void launch(std::span<const Launch> launches) const = 0;
};

/// The one of this library. Constructed at the first call.
[[nodiscard]] const Backend& backend();

}  // namespace septet::abi
