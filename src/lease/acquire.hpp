// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/lease.hpp>

#include <functional>
#include <optional>
#include <string>

namespace septet {

/// The moments of a grant, in order. A process may be killed at each: docs/lease.md tells what the
/// next one finds.
enum class AcquireStep {
  surveyed,  ///< The driver was asked.
  queued,    ///< A ticket says who waits. Before `locked` where others wait, or after it.
  locked,    ///< This process alone grants now.
  chosen,    ///< The plan is made.
  taken,     ///< The locks of its slices are held.
  recorded,  ///< The record tells everybody.
  unqueued,  ///< The grant lock is free, the ticket gone and the next one told.
};

/// What tests do at each step; nothing otherwise.
using StepHook = std::function<void(AcquireStep)>;

/// `acquire`, with a hook.
[[nodiscard]] std::optional<Lease> acquire_in_steps(const LeaseFolder& folder, Driver& driver,
                                                    const Request& request,
                                                    const std::string& command,
                                                    const Patience& patience, const StepHook& at);

}  // namespace septet
