// SPDX-License-Identifier: Apache-2.0
#include "communicate/segment.hpp"

#include "base/errno.hpp"
#include "base/units.hpp"
#include "communicate/shared_file.hpp"

#include <sys/mman.h>
#include <sys/stat.h>

#include <string>
#include <utility>

namespace septet {
namespace {

std::span<std::byte> map(int descriptor, std::size_t bytes) {
  void* const first = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (first == MAP_FAILED) throw_errno("map " + format_bytes(bytes) + " of shared memory");
  return {static_cast<std::byte*>(first), bytes};
}

}  // namespace

Segment Segment::create(std::size_t bytes, const std::filesystem::path& folder) {
  auto file = make_shared_file(bytes, folder);
  const auto mapped = map(file.get(), bytes);
  return {std::move(file), mapped};
}

Segment Segment::adopt(UniqueFd descriptor, std::size_t bytes) {
  struct stat status{};
  check(::fstat(descriptor.get(), &status), "look at the shared memory that came");
  if (std::cmp_less(status.st_size, bytes)) {
    throw Error(ErrorKind::system, "the shared memory that came has " +
                                       std::to_string(status.st_size) + " bytes, not " +
                                       std::to_string(bytes));
  }
  const auto mapped = map(descriptor.get(), bytes);
  return {std::move(descriptor), mapped};
}

Segment::Segment(UniqueFd descriptor, std::span<std::byte> bytes)
    : descriptor_(std::move(descriptor)), bytes_(bytes) {}

Segment::Segment(Segment&& other) noexcept
    : descriptor_(std::move(other.descriptor_)), bytes_(std::exchange(other.bytes_, {})) {}

Segment& Segment::operator=(Segment&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

Segment::~Segment() {
  if (!bytes_.empty()) ::munmap(bytes_.data(), bytes_.size());
}

}  // namespace septet
