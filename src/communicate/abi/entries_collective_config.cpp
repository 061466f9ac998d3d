// SPDX-License-Identifier: Apache-2.0
// Collectives with hints: hints may be passed over, and are.
#include "communicate/abi/nccl_entries.hpp"

ncclResult_t ncclReduceConfig(const void* send, void* recv, std::size_t count, ncclDataType_t type,
                              ncclRedOp_t op, int root, ncclComm_t comm, cudaStream_t stream,
                              const ncclCollConfig_t*) {
  return ncclReduce(send, recv, count, type, op, root, comm, stream);
}

ncclResult_t ncclBroadcastConfig(const void* send, void* recv, std::size_t count,
                                 ncclDataType_t type, int root, ncclComm_t comm,
                                 cudaStream_t stream, const ncclCollConfig_t*) {
  return ncclBroadcast(send, recv, count, type, root, comm, stream);
}

ncclResult_t ncclAllReduceConfig(const void* send, void* recv, std::size_t count,
                                 ncclDataType_t type, ncclRedOp_t op, ncclComm_t comm,
                                 cudaStream_t stream, const ncclCollConfig_t*) {
  return ncclAllReduce(send, recv, count, type, op, comm, stream);
}

ncclResult_t ncclReduceScatterConfig(const void* send, void* recv, std::size_t count,
                                     ncclDataType_t type, ncclRedOp_t op, ncclComm_t comm,
                                     cudaStream_t stream, const ncclCollConfig_t*) {
  return ncclReduceScatter(send, recv, count, type, op, comm, stream);
}

ncclResult_t ncclAllGatherConfig(const void* send, void* recv, std::size_t count,
                                 ncclDataType_t type, ncclComm_t comm, cudaStream_t stream,
                                 const ncclCollConfig_t*) {
  return ncclAllGather(send, recv, count, type, comm, stream);
}

ncclResult_t ncclAlltoAllConfig(const void* send, void* recv, std::size_t count,
                                ncclDataType_t type, ncclComm_t comm, cudaStream_t stream,
                                const ncclCollConfig_t*) {
  return ncclAlltoAll(send, recv, count, type, comm, stream);
}

ncclResult_t ncclGatherConfig(const void* send, void* recv, std::size_t count, ncclDataType_t type,
                              int root, ncclComm_t comm, cudaStream_t stream,
                              const ncclCollConfig_t*) {
  return ncclGather(send, recv, count, type, root, comm, stream);
}

ncclResult_t ncclScatterConfig(const void* send, void* recv, std::size_t count, ncclDataType_t type,
                               int root, ncclComm_t comm, cudaStream_t stream,
                               const ncclCollConfig_t*) {
  return ncclScatter(send, recv, count, type, root, comm, stream);
}
