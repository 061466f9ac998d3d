// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <time.h>

#include <cstdint>

namespace septet {

/// The time as rank cards tell it: of CLOCK_MONOTONIC, which is one for all processes of a host.
/// Coarse, some milliseconds: it is read at every step, for a fifth of what the fine one costs.
[[nodiscard]] inline std::uint64_t card_time_ns() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace septet
