// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lease/layout.hpp"
#include <septet/lease.hpp>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace septet {

/// Who holds and who waits: what the live files of a lease folder say. `Holder::user` is left
/// empty: looking it up may ask a slow directory service.
struct Roll {
  std::vector<LeaseRecord> leases;  ///< Oldest first.
  std::vector<Waiter> queue;        ///< Next first.

  /// Held by live processes, but not as this version of Septet writes them.
  std::vector<std::filesystem::path> unreadable;
};

/// What to do with files that nobody holds any more.
enum class Dead {
  keep,
  remove,  ///< Requires: the caller has the grant lock. Those of other users may stay.
};

/// Whether what was read so far of a roll decides what the reader wants to know.
using Enough = std::function<bool(const Roll&)>;

/// Of the queue only those that stand before ticket `mine`, or with none all: who is next looks at
/// nobody, however many wait.
[[nodiscard]] Roll read_roll(const Layout& layout, Dead dead, std::optional<int> mine = {});

/// The same, but no further than needed: asks after each request, from the last before `mine` on to
/// the first, whether that is `enough`, and reads the leases only when it was not. So what a grant
/// costs does not grow with the queue.
[[nodiscard]] Roll read_roll_until(const Enough& enough, const Layout& layout, Dead dead,
                                   std::optional<int> mine);

/// The number of a ticket's file, from 1 to 999,999,999, or nothing for another name.
[[nodiscard]] std::optional<int> ticket_number(const std::filesystem::path& file);

/// The names of the live records in order, and of the live tickets before `mine`: what a roll is
/// made of, without reading it.
[[nodiscard]] std::vector<std::string> live_records(const Layout& layout);
[[nodiscard]] std::vector<std::string> live_tickets(const Layout& layout, std::optional<int> mine);

}  // namespace septet
