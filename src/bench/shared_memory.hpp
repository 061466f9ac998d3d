// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/memory.hpp"
#include <septet/unique_fd.hpp>

#include <cstddef>
#include <map>

namespace septet::bench {

/// Host memory that another process can map too: blocks are pieces of one file without a name.
class SharedMemory : public Memory {
 public:
  /// Throws Error `system`.
  SharedMemory();

  /// All blocks must be gone before this object.
  Block allocate(std::size_t bytes) override;
  void write(void* to, std::span<const std::byte> from) override { host_->write(to, from); }
  void read(std::span<std::byte> to, const void* from) override { host_->read(to, from); }
  void wait() override {}
  [[nodiscard]] void* queue() const noexcept override { return nullptr; }

  /// The file, close-on-exec; still owned by this object.
  [[nodiscard]] int descriptor() const noexcept { return file_.get(); }

  /// Where in the file `address`, within a block, is.
  [[nodiscard]] std::size_t offset_of(const void* address) const;

 private:
  struct Piece {
    std::size_t offset = 0;
    std::size_t bytes = 0;
  };
  void release(void* block);

  UniqueFd file_;
  std::unique_ptr<Memory> host_ = host_memory();
  std::map<const std::byte*, Piece> pieces_;  ///< By their addresses here.
  std::size_t end_ = 0;                       ///< Of the file.
};

}  // namespace septet::bench
