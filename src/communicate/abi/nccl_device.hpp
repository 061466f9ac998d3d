// SPDX-License-Identifier: Apache-2.0
// What kernels that communicate by themselves call on the host before they run.
#pragma once

#include "communicate/abi/nccl.hpp"

// NOLINTBEGIN(readability-identifier-naming): the names are NCCL's.

#pragma GCC visibility push(default)
extern "C" {

ncclResult_t ncclCommQueryProperties(ncclComm_t comm, ncclCommProperties_t* properties);
ncclResult_t ncclDevCommCreate(ncclComm_t comm, const ncclDevCommRequirements* requirements,
                               ncclDevComm* device_comm);
ncclResult_t ncclDevCommDestroy(ncclComm_t comm, const ncclDevComm* device_comm);

ncclResult_t ncclGetLsaMultimemDevicePointer(ncclWindow_t window, std::size_t offset,
                                             void** pointer);
ncclResult_t ncclGetMultimemDevicePointer(ncclWindow_t window, std::size_t offset,
                                          ncclMultimemHandle_t handle, void** pointer);
ncclResult_t ncclGetLsaDevicePointer(ncclWindow_t window, std::size_t offset, int rank,
                                     void** pointer);
ncclResult_t ncclGetPeerDevicePointer(ncclWindow_t window, std::size_t offset, int peer,
                                      void** pointer);

ncclTeam_t ncclTeamWorld(ncclComm_t comm);
ncclTeam_t ncclTeamLsa(ncclComm_t comm);
ncclTeam_t ncclTeamRail(ncclComm_t comm);
int ncclTeamRankToWorld(ncclComm_t comm, ncclTeam_t team, int rank);
int ncclTeamRankToLsa(ncclComm_t comm, ncclTeam_t team, int rank);

ncclResult_t ncclLsaBarrierCreateRequirement(ncclTeam_t team, int barriers,
                                             ncclLsaBarrierHandle* handle,
                                             ncclDevResourceRequirements* requirements);
ncclResult_t ncclGinBarrierCreateRequirement(ncclComm_t comm, ncclTeam_t team, int barriers,
                                             ncclGinBarrierHandle* handle,
                                             ncclDevResourceRequirements* requirements);
ncclResult_t ncclGinOutboxCreateRequirement(int blocks, int size_log2, ncclGinOutboxHandle* handle,
                                            ncclDevResourceRequirements* requirements);
ncclResult_t ncclGinInboxA2ACreateRequirement(ncclTeam_t peers, int blocks, int size_log2,
                                              ncclGinInboxA2AHandle* handle,
                                              ncclDevResourceRequirements* requirements);
int ncclLLA2ACalcSlots(int elements, int element_bytes);
ncclResult_t ncclLLA2ACreateRequirement(int blocks, int slots, ncclLLA2AHandle* handle,
                                        ncclDevResourceRequirements* requirements);

}  // extern "C"
#pragma GCC visibility pop
// NOLINTEND(readability-identifier-naming)
