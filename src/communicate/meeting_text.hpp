// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/meeting.hpp"
#include "communicate/meeting_message.hpp"
#include <septet/error.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace septet {

/// The bit of `rank` in Attendance::present.
[[nodiscard]] constexpr std::uint64_t bit_of(int rank) {
  return std::uint64_t{1} << static_cast<unsigned>(rank);
}

/// "rank 3 (pid 4711, MIG-…)".
[[nodiscard]] std::string described(const Hello& hello);

/// "rank 2", "ranks 2, 5 and 7": those of `ranks` that are not in `present`.
[[nodiscard]] std::string missing_ranks(std::uint64_t present, int ranks);

/// That the limit is over, who is missing, and where they may be instead.
[[nodiscard]] Error time_over(std::uint64_t present, const Membership& membership,
                              const MeetingPlace& place);

/// Throws Error `usage` that names both when these ranks cannot meet: the same rank, other sizes,
/// settings or versions.
void require_agreement(const Hello& one, const Hello& other);

}  // namespace septet
