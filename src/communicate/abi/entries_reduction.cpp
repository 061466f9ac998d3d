// SPDX-License-Identifier: Apache-2.0
#include "communicate/abi/communicator.hpp"
#include "communicate/abi/guard.hpp"
#include "communicate/abi/nccl_entries.hpp"
#include "communicate/abi/result_place.hpp"

using septet::abi::communicator_of;
using septet::abi::guarded;
using septet::abi::place;

ncclResult_t ncclRedOpCreatePreMulSum(ncclRedOp_t* op, void* scalar, ncclDataType_t type,
                                      ncclScalarResidence_t residence, ncclComm_t comm) {
  return guarded(
      [&] { place(op) = communicator_of(comm)->reductions().create(scalar, type, residence); });
}

ncclResult_t ncclRedOpDestroy(ncclRedOp_t op, ncclComm_t comm) {
  return guarded([&] { communicator_of(comm)->reductions().destroy(op); });
}
