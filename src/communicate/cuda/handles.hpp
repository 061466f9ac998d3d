// SPDX-License-Identifier: Apache-2.0
// What CUDA hands out, each with one owner. Destruction ignores CUDA's errors: at the end of a
// process its runtime may already be gone.
#pragma once

#include "communicate/cuda/check.hpp"

#include <cuda_runtime_api.h>

#include <cstddef>
#include <memory>
#include <span>
#include <utility>

namespace septet {

/// Makes `device` current for this thread, and the one before again. Selects nothing that is
/// selected: CUDA 12 and newer would make a context on a device that nobody uses.
class CurrentDevice {
 public:
  explicit CurrentDevice(int device) {
    check(cudaGetDevice(&before_), "ask for the current device");
    if (device == before_) return;
    check(cudaSetDevice(device), "select the device");
    differs_ = true;
  }
  CurrentDevice(const CurrentDevice&) = delete;
  CurrentDevice& operator=(const CurrentDevice&) = delete;
  ~CurrentDevice() {
    if (differs_) cudaSetDevice(before_);
  }

 private:
  int before_ = 0;
  bool differs_ = false;
};

/// Lets this thread allocate and synchronise while any thread captures a graph.
class RelaxedCapture {
 public:
  RelaxedCapture() noexcept { cudaThreadExchangeStreamCaptureMode(&mode_); }
  RelaxedCapture(const RelaxedCapture&) = delete;
  RelaxedCapture& operator=(const RelaxedCapture&) = delete;
  ~RelaxedCapture() { cudaThreadExchangeStreamCaptureMode(&mode_); }

 private:
  cudaStreamCaptureMode mode_ = cudaStreamCaptureModeRelaxed;
};

/// Host memory that the device may access, for as long as this lives.
class Registration {
 public:
  explicit Registration(std::span<std::byte> memory) : memory_(memory) {
    check(cudaHostRegister(memory.data(), memory.size(),
                           cudaHostRegisterPortable | cudaHostRegisterMapped),
          "register the shared memory with the device (ulimit -l may be too small)");
  }
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;
  ~Registration() { cudaHostUnregister(memory_.data()); }

  /// The device's address of the first byte.
  [[nodiscard]] std::byte* on_device() const {
    void* address = nullptr;
    check(cudaHostGetDevicePointer(&address, memory_.data(), 0), "map the shared memory");
    return static_cast<std::byte*>(address);
  }

 private:
  std::span<std::byte> memory_;
};

class OwnStream {
 public:
  OwnStream() {
    check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "make a stream");
  }
  OwnStream(const OwnStream&) = delete;
  OwnStream& operator=(const OwnStream&) = delete;
  ~OwnStream() { cudaStreamDestroy(stream_); }

  [[nodiscard]] cudaStream_t get() const noexcept { return stream_; }

 private:
  cudaStream_t stream_ = nullptr;
};

struct DeviceFree {
  void operator()(void* memory) const noexcept { cudaFree(memory); }
};

/// One object in device memory, with the bytes of `value`.
template <typename Object>
[[nodiscard]] std::unique_ptr<Object, DeviceFree> on_device(const Object& value) {
  void* memory = nullptr;
  check(cudaMalloc(&memory, sizeof(Object)), "allocate device memory");
  std::unique_ptr<Object, DeviceFree> object(static_cast<Object*>(memory));
  // Not on the default stream, which waits for others.
  const OwnStream stream;
  check(cudaMemcpyAsync(memory, &value, sizeof(Object), cudaMemcpyHostToDevice, stream.get()),
        "fill device memory");
  check(cudaStreamSynchronize(stream.get()), "fill device memory");
  return object;
}

/// Host memory that the device may access, under the same address.
struct PinnedFree {
  void operator()(void* memory) const noexcept { cudaFreeHost(memory); }
};
using Pinned = std::unique_ptr<std::byte, PinnedFree>;

[[nodiscard]] inline Pinned pinned(std::size_t bytes) {
  void* memory = nullptr;
  check(cudaHostAlloc(&memory, bytes, cudaHostAllocPortable), "allocate pinned memory");
  return Pinned(static_cast<std::byte*>(memory));
}

class Event {
 public:
  Event() { check(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming), "make an event"); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { cudaEventDestroy(event_); }

  [[nodiscard]] cudaEvent_t get() const noexcept { return event_; }

 private:
  cudaEvent_t event_ = nullptr;
};

}  // namespace septet
