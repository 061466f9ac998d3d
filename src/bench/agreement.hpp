// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/communicator.hpp>

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace septet::bench {

/// The first objection of the ranks, in their order, the same on all; nothing when none has one.
/// Called by all ranks.
[[nodiscard]] std::optional<std::string> any_objection(Communicator& ranks,
                                                       const std::optional<std::string>& own);

/// Runs `attempt` on every rank; what it threw on the first rank where it did, told on all.
[[nodiscard]] std::optional<std::string> refusal_of(Communicator& ranks,
                                                    const std::function<void()>& attempt);

/// For each place the largest of the ranks' numbers: what the slowest of them took.
[[nodiscard]] std::vector<double> slowest(Communicator& ranks, std::span<const double> own);

}  // namespace septet::bench
