// SPDX-License-Identifier: Apache-2.0
// The life of communicators.
#include "communicate/abi/creation.hpp"
#include "communicate/abi/ending.hpp"
#include "communicate/abi/guard.hpp"
#include "communicate/abi/nccl_entries.hpp"
#include "communicate/abi/result_place.hpp"
#include "communicate/abi/unique_id.hpp"
#include "communicate/abi/variables.hpp"

using septet::abi::communicator_of;
using septet::abi::Group;
using septet::abi::guarded;
using septet::abi::in_group;
using septet::abi::place;

ncclResult_t ncclGetUniqueId(ncclUniqueId* id) {
  return guarded(
      [&] { place(id) = septet::abi::new_unique_id(septet::abi::variable("NCCL_COMM_ID")); });
}

ncclResult_t ncclCommInitRank(ncclComm_t* comm, int ranks, ncclUniqueId id, int rank) {
  return ncclCommInitRankConfig(comm, ranks, id, rank, nullptr);
}

ncclResult_t ncclCommInitRankConfig(ncclComm_t* comm, int ranks, ncclUniqueId id, int rank,
                                    ncclConfig_t* config) {
  return guarded([&] {
    return in_group(
        [&](Group& group) { septet::abi::init_rank(group, comm, ranks, id, rank, config); });
  });
}

ncclResult_t ncclCommInitRankScalable(ncclComm_t* comm, int ranks, int rank, int ids,
                                      ncclUniqueId* id, ncclConfig_t* config) {
  return guarded([&] {
    return in_group([&](Group& group) {
      const auto& first = septet::abi::first_of(id, ids);
      septet::abi::init_rank(group, comm, ranks, first, rank, config);
    });
  });
}

ncclResult_t ncclCommInitAll(ncclComm_t* comms, int devices, const int* list) {
  return guarded([&] {
    return in_group([&](Group& group) { septet::abi::init_all(group, comms, devices, list); });
  });
}

ncclResult_t ncclCommFinalize(ncclComm_t comm) {
  return guarded(
      [&] { return in_group([&](Group& group) { septet::abi::finalize(group, comm); }); });
}

ncclResult_t ncclCommDestroy(ncclComm_t comm) {
  return guarded([&] { return in_group([&](Group&) { septet::abi::destroy(comm); }); });
}

ncclResult_t ncclCommAbort(ncclComm_t comm) {
  return guarded([&] { return in_group([&](Group&) { septet::abi::abort(comm); }); });
}

ncclResult_t ncclCommRevoke(ncclComm_t comm, int flags) {
  return guarded([&] { return in_group([&](Group&) { septet::abi::revoke(comm, flags); }); });
}

ncclResult_t ncclCommSplit(ncclComm_t comm, int color, int key, ncclComm_t* child,
                           ncclConfig_t* config) {
  return guarded([&] {
    return in_group(
        [&](Group& group) { septet::abi::split(group, comm, color, key, child, config); });
  });
}

ncclResult_t ncclCommShrink(ncclComm_t comm, int* excluded, int excluded_count, ncclComm_t* child,
                            ncclConfig_t* config, int flags) {
  return guarded([&] {
    return in_group([&](Group& group) {
      const auto ranks = septet::abi::ranks_in(excluded, excluded_count);
      septet::abi::shrink(group, comm, ranks, child, config, flags);
    });
  });
}

ncclResult_t ncclCommGetUniqueId(ncclComm_t comm, ncclUniqueId* id) {
  return guarded([&] { place(id) = septet::abi::grow_id(*septet::abi::ready_communicator(comm)); });
}

ncclResult_t ncclCommGrow(ncclComm_t comm, int ranks, const ncclUniqueId* id, int rank,
                          ncclComm_t* child, ncclConfig_t* config) {
  return guarded([&] {
    return in_group(
        [&](Group& group) { septet::abi::grow(group, comm, ranks, id, rank, child, config); });
  });
}

ncclResult_t ncclCommGetAsyncError(ncclComm_t comm, ncclResult_t* result) {
  return guarded([&] { place(result) = communicator_of(comm)->async_state(); });
}

ncclResult_t ncclCommCount(ncclComm_t comm, int* count) {
  return guarded([&] { place(count) = septet::abi::ready_communicator(comm)->size(); });
}

ncclResult_t ncclCommCuDevice(ncclComm_t comm, int* device) {
  return guarded([&] { place(device) = septet::abi::ready_communicator(comm)->device(); });
}

ncclResult_t ncclCommUserRank(ncclComm_t comm, int* rank) {
  return guarded([&] { place(rank) = septet::abi::ready_communicator(comm)->rank(); });
}
