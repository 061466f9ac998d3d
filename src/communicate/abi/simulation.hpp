// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/abi/group.hpp"
#include "communicate/abi/nccl.hpp"

namespace septet::abi {

/// Ends the group without doing anything, and tells in `info`, unless that is null, how long it
/// would have taken. Throws Error `argument` for an `info` that was not initialised.
void simulate_end(Group& group, ncclSimInfo_t* info);

}  // namespace septet::abi
