// SPDX-License-Identifier: Apache-2.0
#include "communicate/abi/group.hpp"
#include "communicate/abi/guard.hpp"
#include "communicate/abi/nccl_entries.hpp"
#include "communicate/abi/simulation.hpp"

using septet::abi::Group;
using septet::abi::guarded;

ncclResult_t ncclGroupStart() {
  return guarded([] { Group::of_this_thread().open(); });
}

ncclResult_t ncclGroupEnd() {
  return guarded([] { return Group::of_this_thread().end(); });
}

ncclResult_t ncclGroupSimulateEnd(ncclSimInfo_t* info) {
  return guarded([&] { septet::abi::simulate_end(Group::of_this_thread(), info); });
}
