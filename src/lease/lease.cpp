// SPDX-License-Identifier: Apache-2.0
#include "lease/lock_file.hpp"
#include <septet/error.hpp>
#include <septet/lease.hpp>

#include <unistd.h>

#include <iterator>
#include <utility>

namespace septet {
namespace {

/// Children that share the lease keep the record; whoever grants next removes it after them.
void remove_unless_shared(const std::filesystem::path& record) noexcept {
  const auto file = open_foreign(record);
  try {
    if (file && try_lock(file.get(), Hold::exclusive)) ::unlink(record.c_str());
  } catch (const Error&) {
    // It stays, dead, for the next one to remove.
  }
}

}  // namespace

Lease::Lease(LeaseRecord record, std::filesystem::path file, std::vector<UniqueFd> locks)
    : record_(std::move(record)), file_(std::move(file)), locks_(std::move(locks)) {}

Lease& Lease::operator=(Lease&& other) noexcept {
  release();
  record_ = std::move(other.record_);
  file_ = std::move(other.file_);
  locks_ = std::exchange(other.locks_, {});
  return *this;
}

Lease::~Lease() { release(); }

std::vector<int> Lease::descriptors() const {
  std::vector<int> numbers;
  for (const auto& lock : locks_) numbers.push_back(lock.get());
  return numbers;
}

void Lease::keep(UniqueFd descriptor) {
  const auto record = locks_.empty() ? locks_.end() : std::prev(locks_.end());
  locks_.insert(record, out_of_the_way(std::move(descriptor)));
}

void Lease::release() noexcept {
  if (locks_.empty()) return;  // Moved from.
  // In order, the record last: when waiting requests hear of it, the slices are free. Closed, not
  // unlocked: that would take the lease from the children that share it.
  for (auto& lock : locks_) lock.reset();
  locks_.clear();
  remove_unless_shared(file_);
}

}  // namespace septet
