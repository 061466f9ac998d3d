// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/host.hpp>
#include <septet/request.hpp>

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace septet {

/// Which slices to hold for a request, in rank order, and why these.
struct Plan {
  std::vector<Slice> slices;
  std::string reason;  ///< One sentence for a person: what was chosen over what.

  bool operator==(const Plan&) const = default;
};

/// UUIDs of slices that may not be taken now: leased, or spoken for by a request ahead in the
/// queue.
using Busy = std::set<std::string, std::less<>>;

/// The slices of `host` that could ever serve `request`, free or not, by GPU and index.
///
/// Throws Error `device` if the request can never be met on this host; the message says what was
/// asked and what the host does have. Throws Error `usage` for a request that contradicts itself.
/// Pure: the same arguments give the same answer.
[[nodiscard]] std::vector<Slice> candidates(const Host& host, const Request& request);

/// The best plan among the candidates that are not in `busy`, or nothing if the request must wait.
///
/// Never grants a partitioned or empty GPU as a whole, never slices of unequal memory unless
/// allowed, never fewer than asked for (one, when `prefer_full` found a whole GPU). Throws what
/// `candidates` throws. Pure.
[[nodiscard]] std::optional<Plan> choose(const Host& host, const Request& request,
                                         const Busy& busy);

}  // namespace septet
