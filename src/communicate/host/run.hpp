// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/communicator_state.hpp"
#include <septet/operation.hpp>

#include <span>
#include <vector>

namespace septet {

/// One communicator's part of what run_on_host does.
struct HostGroup {
  CommunicatorState* state;
  std::span<const Operation> operations;
};

/// Runs the groups on the calling thread until all have ended. Spins while that pays, then sleeps.
/// Throws Error as Communicator says; what was begun is then given up on every rank.
/// Requires: valid operations, communicators of two ranks at least.
void run_on_host(std::span<const HostGroup> groups);

}  // namespace septet
