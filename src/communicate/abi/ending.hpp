// SPDX-License-Identifier: Apache-2.0
// How communicators end. Null is none: nothing to do. Only what finalize() adds waits.
#pragma once

#include "communicate/abi/group.hpp"
#include "communicate/abi/nccl.hpp"

namespace septet::abi {

/// Marks it: no further collectives. What was launched before is then waited for.
void finalize(Group& group, ncclComm_t comm);

/// Lets go of the handle. The communicator goes with it, after what a group of this thread, or
/// another thread, still has to do on it. One that is not ready yet is given up.
void destroy(ncclComm_t comm);

/// Ends its waits and its work, on every rank, and lets go of the handle. At any time; any thread.
void abort(ncclComm_t comm);

/// Ends its work on every rank; children may still be made of it. Throws Error `argument` for
/// flags, and when it was revoked or finalized before.
void revoke(ncclComm_t comm, int flags);

}  // namespace septet::abi
