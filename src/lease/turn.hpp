// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lease/roll.hpp"
#include <septet/driver.hpp>
#include <septet/host.hpp>
#include <septet/plan.hpp>

#include <optional>
#include <vector>

namespace septet {

/// Whether `holder`, having `held`, keeps `wanted` from `asker`. A whole GPU and its parts exclude
/// each other; so do MPS stand-ins of one GPU in different shapes or of different users, as one
/// MPS daemon serves one user and one shape.
[[nodiscard]] bool excludes(const Slice& held, uid_t holder, const Slice& wanted, uid_t asker);

/// Who asks, and what could serve him.
struct Asker {
  uid_t uid = 0;
  std::optional<int> ticket;  ///< Nothing while not in the queue: behind everybody.
  Host host;                  ///< As surveyed for this attempt.
  Request request;
  std::vector<Slice> candidates;
};

/// Surveys `driver` for a request. Throws what `survey` and `candidates` throw.
[[nodiscard]] Asker ask(Driver& driver, const Request& request, uid_t uid,
                        std::optional<int> ticket);

/// How things stand for a request at one moment.
struct Turn {
  Busy busy;      ///< What it may not take: leased, or spoken for by a request ahead.
  int ahead = 0;  ///< Earlier requests that could take a candidate.
  std::vector<LeaseRecord> holders;  ///< Leases that keep candidates from it.

  /// The last of the requests ahead, when nothing that is let go can help before one of them has
  /// left the queue. Then neither those still further ahead nor any lease make a difference.
  std::optional<int> behind;
};

/// Pure, as `choose` is.
[[nodiscard]] Turn turn_of(const Asker& asker, const Roll& roll);

/// As much of the roll as decides about `asker`: `turn_of` finds the same request for it to stand
/// `behind`, or has read all. Only then do `ahead` and `holders` count all that there are.
[[nodiscard]] Roll read_deciding_roll(const Layout& layout, Dead dead, const Asker& asker);

}  // namespace septet
