// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>

namespace septet::bench {

/// Where the buffers of a rank are, and the queue of work on them. One thread.
class Memory {
 public:
  using Block = std::unique_ptr<void, std::function<void(void*)>>;

  Memory() = default;
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  virtual ~Memory() = default;

  /// Throws Error `device` or std::bad_alloc when there is not so much.
  [[nodiscard]] virtual Block allocate(std::size_t bytes) = 0;

  // Copies from and to the host; both block.
  virtual void write(void* to, std::span<const std::byte> from) = 0;
  virtual void read(std::span<std::byte> to, const void* from) = 0;

  /// Blocks until all work is done.
  virtual void wait() = 0;

  /// How much of the device nobody has; nothing in host memory.
  [[nodiscard]] virtual std::optional<std::size_t> free_bytes() const { return {}; }

  /// The CUDA stream for that work, as NCCL takes it; null in host memory.
  [[nodiscard]] virtual void* queue() const noexcept = 0;
};

[[nodiscard]] std::unique_ptr<Memory> host_memory();

}  // namespace septet::bench
