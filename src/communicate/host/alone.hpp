// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/operation.hpp>

#include <span>

namespace septet {

/// What is left of a group when there is one rank: copies, and the scaling of reductions.
/// Throws Error `usage` when a message to oneself lacks its other half.
void run_alone(std::span<const Operation> group);

/// Moves the messages of `group` that `rank` sends to itself. Throws as run_alone.
void exchange_with_self(std::span<const Operation> group, int rank);

}  // namespace septet
