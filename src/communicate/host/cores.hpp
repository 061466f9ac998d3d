// SPDX-License-Identifier: Apache-2.0
// Whether there are cores for host threads that work for devices, beside those of the program.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>

namespace septet {

/// The cores that one rank may use. Plain bytes: ranks tell it to each other.
struct CoreShare {
  static constexpr std::size_t most_cores = 4096;

  std::array<std::uint64_t, most_cores / 64> mask{};  ///< Bit c of word w: core 64 * w + c.

  /// Cores' worth of time that its control groups grant, rounded down.
  std::uint64_t quota = std::numeric_limits<std::uint64_t>::max();
};

/// That of the calling thread: its affinity, and the least cpu.max of its control groups (version
/// 2) and those above. No core at all where the kernel tells none. `root` is for tests.
[[nodiscard]] CoreShare own_core_share(const std::filesystem::path& root = "/");

/// Whether rank `rank` can have a core for a thread that combines and one for the program, and all
/// ranks together two for each. A launcher gives each rank a share of its own; so what they have
/// together counts, within the smallest quota: ranks in one control group share it.
[[nodiscard]] bool has_core_to_combine(std::span<const CoreShare> shares, int rank);

}  // namespace septet
