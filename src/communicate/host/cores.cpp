// SPDX-License-Identifier: Apache-2.0
#include "communicate/host/cores.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "communicate/control_groups.hpp"

#include <sched.h>

#include <algorithm>
#include <bit>

namespace septet {
namespace {

constexpr auto unlimited = std::numeric_limits<std::uint64_t>::max();

/// Of "200000 100000": microseconds in each period of so many. Of "max 100000": unlimited.
/// Source: the kernel's Documentation/admin-guide/cgroup-v2.rst, cpu.max.
std::uint64_t quota_in(const std::filesystem::path& group) {
  const auto text = try_read_file(group / "cpu.max").value_or("");
  const auto words = split(trim(text), ' ');
  if (words.size() != 2) return unlimited;
  const auto time = parse_number<std::uint64_t>(words[0]);
  const auto period = parse_number<std::uint64_t>(words[1]);
  return time && period && *period > 0 ? *time / *period : unlimited;
}

std::size_t count(const CoreShare& share) {
  std::size_t cores = 0;
  for (const auto word : share.mask) cores += static_cast<std::size_t>(std::popcount(word));
  return cores;
}

/// What all have together.
CoreShare merged(std::span<const CoreShare> shares) {
  CoreShare all;
  for (const auto& share : shares) {
    for (std::size_t i = 0; i < all.mask.size(); ++i) all.mask[i] |= share.mask[i];
    all.quota = std::min(all.quota, share.quota);
  }
  return all;
}

}  // namespace

CoreShare own_core_share(const std::filesystem::path& root) {
  CoreShare share;
  auto* const mask = reinterpret_cast<cpu_set_t*>(share.mask.data());
  if (::sched_getaffinity(0, sizeof share.mask, mask) != 0) share.mask.fill(0);
  for (const auto& group : own_control_groups(root)) {
    share.quota = std::min(share.quota, quota_in(group));
  }
  return share;
}

bool has_core_to_combine(std::span<const CoreShare> shares, int rank) {
  const auto all = merged(shares);
  const bool enough_for_all = std::min<std::uint64_t>(count(all), all.quota) >= 2 * shares.size();
  return enough_for_all && count(shares[static_cast<std::size_t>(rank)]) >= 2;
}

}  // namespace septet
