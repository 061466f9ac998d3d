// SPDX-License-Identifier: Apache-2.0
#include "bench/memory.hpp"

#include <cstring>
#include <new>

namespace septet::bench {
namespace {

/// A whole page, as large buffers of programs have it.
constexpr std::align_val_t alignment{4096};

class HostMemory : public Memory {
 public:
  Block allocate(std::size_t bytes) override {
    return {::operator new(bytes, alignment),
            [](void* block) { ::operator delete(block, alignment); }};
  }
  void write(void* to, std::span<const std::byte> from) override {
    std::memcpy(to, from.data(), from.size());
  }
  void read(std::span<std::byte> to, const void* from) override {
    std::memcpy(to.data(), from, to.size());
  }
  void wait() override {}
  [[nodiscard]] void* queue() const noexcept override { return nullptr; }
};

}  // namespace

std::unique_ptr<Memory> host_memory() { return std::make_unique<HostMemory>(); }

}  // namespace septet::bench
