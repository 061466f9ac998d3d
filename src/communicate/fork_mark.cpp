// SPDX-License-Identifier: Apache-2.0
#include "communicate/fork_mark.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>

namespace septet {
namespace {

/// Of what is mapped, the kernel makes whole pages.
constexpr std::size_t mark_bytes = 1;

/// True in this process, false in children; nullptr where the kernel cannot do that.
const bool* make_mark() noexcept {
  void* const page =
      ::mmap(nullptr, mark_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return nullptr;
  if (::madvise(page, mark_bytes, MADV_WIPEONFORK) != 0) {
    ::munmap(page, mark_bytes);
    return nullptr;
  }
  auto* const mark = static_cast<bool*>(page);
  *mark = true;
  return mark;
}

}  // namespace

ForkMark::ForkMark() noexcept : pid_(::getpid()), mark_(make_mark()) {}

ForkMark::~ForkMark() {
  if (mark_ != nullptr) ::munmap(const_cast<bool*>(mark_), mark_bytes);
}

bool ForkMark::is_of_this_process() const noexcept {
  return mark_ != nullptr ? *mark_ : ::getpid() == pid_;
}

}  // namespace septet
