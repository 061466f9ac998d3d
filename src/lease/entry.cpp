// SPDX-License-Identifier: Apache-2.0
#include "lease/entry.hpp"

#include "base/errno.hpp"
#include "lease/lock_file.hpp"
#include "lease/record.hpp"

#include <sys/random.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace septet {
namespace {

/// From the kernel: std::random_device takes tens of microseconds to ask the processor.
std::uint32_t random_bits() {
  std::uint32_t bits = 0;
  check(::getrandom(&bits, sizeof bits, 0), "get a random number");
  return bits;
}

/// Eight hex digits that no file of the folder has. Requires: the grant lock is held.
std::string new_id(const Layout& layout) {
  for (;;) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string id;
    for (auto bits = random_bits(); id.size() < 8; bits >>= 4) id += digits[bits & 15U];
    if (!std::filesystem::exists(layout.record(id))) return id;
  }
}

}  // namespace

Lease enter(const Layout& layout, LeaseRecord record, std::vector<UniqueFd> locks) {
  record.id = new_id(layout);
  const auto file = layout.record(record.id);
  // Last, so that it gets the highest number and an ending process closes it last: when the
  // others are told, the slices are free.
  locks.push_back(publish(layout.leases(), file.filename().native(), print_record(record)));
  return {std::move(record), file, std::move(locks)};
}

}  // namespace septet
