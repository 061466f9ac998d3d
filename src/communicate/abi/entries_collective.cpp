// SPDX-License-Identifier: Apache-2.0
// Collectives, sends and receives.
#include "communicate/abi/collectives.hpp"
#include "communicate/abi/guard.hpp"
#include "communicate/abi/nccl_entries.hpp"
#include "communicate/abi/reductions.hpp"

using septet::Reduction;
using septet::abi::Comm;
using septet::abi::data_type;
using septet::abi::guarded;
using septet::abi::issue;
using septet::abi::issue_several;

ncclResult_t ncclReduce(const void* send, void* recv, std::size_t count, ncclDataType_t type,
                        ncclRedOp_t op, int root, ncclComm_t comm, cudaStream_t stream) {
  return guarded([&] {
    return issue({"ncclReduce", comm, stream}, op, [&](const Comm&) {
      return septet::reduce(send, recv, count, data_type(type), Reduction::sum, root);
    });
  });
}

ncclResult_t ncclBcast(void* buffer, std::size_t count, ncclDataType_t type, int root,
                       ncclComm_t comm, cudaStream_t stream) {
  return guarded([&] {
    return issue({"ncclBcast", comm, stream}, [&](const Comm&) {
      return septet::broadcast(buffer, buffer, count, data_type(type), root);
    });
  });
}

ncclResult_t ncclBroadcast(const void* send, void* recv, std::size_t count, ncclDataType_t type,
                           int root, ncclComm_t comm, cudaStream_t stream) {
  return guarded([&] {
    return issue({"ncclBroadcast", comm, stream}, [&](const Comm&) {
      return septet::broadcast(send, recv, count, data_type(type), root);
    });
  });
}

ncclResult_t ncclAllReduce(const void* send, void* recv, std::size_t count, ncclDataType_t type,
                           ncclRedOp_t op, ncclComm_t comm, cudaStream_t stream) {
  return guarded([&] {
    return issue({"ncclAllReduce", comm, stream}, op, [&](const Comm&) {
      return septet::all_reduce(send, recv, count, data_type(type), Reduction::sum);
    });
  });
}

ncclResult_t ncclReduceScatter(const void* send, void* recv, std::size_t count, ncclDataType_t type,
                               ncclRedOp_t op, ncclComm_t comm, cudaStream_t stream) {
  return guarded([&] {
    return issue({"ncclReduceScatter", comm, stream}, op, [&](const Comm&) {
      return septet::reduce_scatter(send, recv, count, data_type(type), Reduction::sum);
    });
  });
}

ncclResult_t ncclAllGather(const void* send, void* recv, std::size_t count, ncclDataType_t type,
                           ncclComm_t comm, cudaStream_t stream) {
  return guarded([&] {
    return issue({"ncclAllGather", comm, stream}, [&](const Comm&) {
      return septet::all_gather(send, recv, count, data_type(type));
    });
  });
}

ncclResult_t ncclAlltoAll(const void* send, void* recv, std::size_t count, ncclDataType_t type,
                          ncclComm_t comm, cudaStream_t stream) {
  return guarded([&] {
    return issue_several({"ncclAlltoAll", comm, stream}, [&](const Comm& own) {
      return septet::abi::to_all(send, recv, count, data_type(type), own);
    });
  });
}

ncclResult_t ncclGather(const void* send, void* recv, std::size_t count, ncclDataType_t type,
                        int root, ncclComm_t comm, cudaStream_t stream) {
  return guarded([&] {
    return issue_several({"ncclGather", comm, stream}, [&](const Comm& own) {
      return septet::abi::to_root(send, recv, count, data_type(type), root, own);
    });
  });
}

ncclResult_t ncclScatter(const void* send, void* recv, std::size_t count, ncclDataType_t type,
                         int root, ncclComm_t comm, cudaStream_t stream) {
  return guarded([&] {
    return issue_several({"ncclScatter", comm, stream}, [&](const Comm& own) {
      return septet::abi::from_root(send, recv, count, data_type(type), root, own);
    });
  });
}

ncclResult_t ncclSend(const void* buffer, std::size_t count, ncclDataType_t type, int peer,
                      ncclComm_t comm, cudaStream_t stream) {
  return guarded([&] {
    return issue({"ncclSend", comm, stream},
                 [&](const Comm&) { return septet::send(buffer, count, data_type(type), peer); });
  });
}

ncclResult_t ncclRecv(void* buffer, std::size_t count, ncclDataType_t type, int peer,
                      ncclComm_t comm, cudaStream_t stream) {
  return guarded([&] {
    return issue({"ncclRecv", comm, stream},
                 [&](const Comm&) { return septet::recv(buffer, count, data_type(type), peer); });
  });
}
