// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace septet::cli {

/// Memory of a device as one context sees it.
struct CudaMemory {
  std::uint64_t free_bytes = 0;
  std::uint64_t total_bytes = 0;

  bool operator==(const CudaMemory&) const = default;
};

/// A device as CUDA shows it to this process.
struct CudaDevice {
  std::string name;
  std::uint64_t memory_bytes = 0;
  int multiprocessors = 0;
  std::string uuid;  ///< 8-4-4-4-12 digits without "GPU-" or "MIG-"; empty where untold.
  std::optional<CudaMemory> memory = {};  ///< Only when asked for.

  bool operator==(const CudaDevice&) const = default;
};

/// What CUDA shows to this process.
struct CudaView {
  int version = 0;  ///< 13000 is 13.0.
  std::vector<CudaDevice> devices;
  std::string trouble;  ///< Why CUDA does not start, in its own words; else empty.
};

/// The CUDA driver library, loaded at run time: Septet works without it. One thread at a time.
class CudaDriver {
 public:
  /// The library at `path` (a file, or a name along the loader's search path), or nothing if it
  /// does not load: mostly a host without the NVIDIA driver.
  [[nodiscard]] static std::optional<CudaDriver> open(const std::string& path = "libcuda.so.1");

  /// Starts CUDA in this process and describes its devices, by the variables of this process.
  /// `with_memory` makes a context on each, which takes some hundred MiB there for a moment.
  [[nodiscard]] CudaView look(bool with_memory) const;

 private:
  struct Close {
    void operator()(void* library) const noexcept;
  };

  explicit CudaDriver(void* library) : library_(library) {}

  std::unique_ptr<void, Close> library_;
};

}  // namespace septet::cli
