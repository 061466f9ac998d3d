// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/launch.hpp>

#include <string>
#include <vector>

namespace septet {

/// "exited with status 3" or "was killed by SIGSEGV".
[[nodiscard]] std::string how_it_ended(const RankExit& exit);

/// The root cause of a failed job for a person: rank, slice, pid, how it ended and its last lines,
/// each line by itself. Empty when no rank failed by itself. Pure.
[[nodiscard]] std::vector<std::string> root_cause(const ExitReport& report,
                                                  const std::vector<Slice>& slices);

/// The report as JSON with "version": 1; docs/launch.md lists its fields. Pure.
[[nodiscard]] std::string to_json(const ExitReport& report);

}  // namespace septet
