// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/abi/backend.hpp"
#include "communicate/abi/interruption.hpp"

namespace septet::abi {

/// Waits until what was launched on `channel` has ended, or somebody raises `interruption`. Throws
/// what broke the communicator, if it is of this rank's calls.
void flush(const Channel& channel, const Interruption& interruption);

}  // namespace septet::abi
