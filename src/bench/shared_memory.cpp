// SPDX-License-Identifier: Apache-2.0
#include "bench/shared_memory.hpp"

#include "base/errno.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <iterator>
#include <new>

namespace septet::bench {
namespace {

constexpr std::size_t page_bytes = 4096;

}  // namespace

SharedMemory::SharedMemory()
    : file_(check(::memfd_create("septet-bench", MFD_CLOEXEC), "memfd_create")) {}

Memory::Block SharedMemory::allocate(std::size_t bytes) {
  const std::size_t whole = (bytes + page_bytes - 1) / page_bytes * page_bytes;
  // Pages are taken at once: one that is missing later would be a SIGBUS.
  const int code =
      ::posix_fallocate(file_.get(), static_cast<off_t>(end_), static_cast<off_t>(whole));
  if (code != 0) throw std::bad_alloc();
  void* block = ::mmap(nullptr, whole, PROT_READ | PROT_WRITE, MAP_SHARED, file_.get(),
                       static_cast<off_t>(end_));
  if (block == MAP_FAILED) throw std::bad_alloc();
  pieces_[static_cast<const std::byte*>(block)] = {.offset = end_, .bytes = whole};
  end_ += whole;
  return {block, [this](void* taken) { release(taken); }};
}

void SharedMemory::release(void* block) {
  const auto piece = pieces_.find(static_cast<const std::byte*>(block));
  ::munmap(block, piece->second.bytes);
  pieces_.erase(piece);
  if (!pieces_.empty()) return;
  // Should it fail, the memory is given back with the file.
  if (::ftruncate(file_.get(), 0) == 0) end_ = 0;
}

std::size_t SharedMemory::offset_of(const void* address) const {
  const auto* place = static_cast<const std::byte*>(address);
  const auto& [begin, piece] = *std::prev(pieces_.upper_bound(place));
  return piece.offset + static_cast<std::size_t>(place - begin);
}

}  // namespace septet::bench
