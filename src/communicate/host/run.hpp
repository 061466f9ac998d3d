// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/communicator_state.hpp"
#include "communicate/host/lanes.hpp"
#include <septet/operation.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace septet {

/// One communicator's part of what run_on_host does.
struct HostGroup {
  CommunicatorState* state;
  Passage* passage;  ///< Through which it goes.
  std::span<const Operation> operations;
  bool shown = true;  ///< Whether others may see it as what this rank is at.

  /// Whether Membership::while_waiting may be called: this is the thread that it is meant for.
  bool on_own_thread = true;
};

/// Runs the groups on the calling thread until all have ended. Spins while that pays, then sleeps.
/// Throws Error as Communicator says; what was begun is then given up on every rank.
/// Requires: valid operations, communicators of two ranks at least.
void run_on_host(std::span<const HostGroup> groups);

/// What run_lanes runs.
struct HostLanes {
  CommunicatorState* state;
  Lanes* lanes;     ///< Some of which have not ended.
  Operation shown;  ///< What others see this rank at.
};

enum class Until : std::uint8_t {
  all_have_ended,
  one_has_ended,  ///< And none of the others moves: they may wait for what comes after that one.
};

/// Runs lanes as run_on_host runs those of a group, on a thread that is not the caller's own. What
/// has not ended may go on in a later run.
void run_lanes(const HostLanes& what, Until until);

}  // namespace septet
