// SPDX-License-Identifier: Apache-2.0
// One-sided operations, which need windows.
#include "communicate/abi/guard.hpp"
#include "communicate/abi/nccl_entries.hpp"
#include "communicate/abi/windows.hpp"

using septet::abi::guarded;

ncclResult_t ncclPutSignal(const void*, std::size_t, ncclDataType_t, int, ncclWindow_t, std::size_t,
                           int, int, unsigned, ncclComm_t comm, cudaStream_t) {
  return guarded([&] { septet::abi::refuse_one_sided(comm, "ncclPutSignal"); });
}

ncclResult_t ncclSignal(int, int, int, unsigned, ncclComm_t comm, cudaStream_t) {
  return guarded([&] { septet::abi::refuse_one_sided(comm, "ncclSignal"); });
}

ncclResult_t ncclWaitSignal(int, ncclWaitSignalDesc_t*, ncclComm_t comm, cudaStream_t) {
  return guarded([&] { septet::abi::refuse_one_sided(comm, "ncclWaitSignal"); });
}
