// SPDX-License-Identifier: Apache-2.0
// The host's side of the device API.
#include "communicate/abi/device_api.hpp"
#include "communicate/abi/guard.hpp"
#include "communicate/abi/nccl_device.hpp"

using septet::abi::guarded;
using septet::abi::guarded_or;
using septet::abi::refuse_device_api;

ncclResult_t ncclCommQueryProperties(ncclComm_t comm, ncclCommProperties_t* properties) {
  return guarded([&] { septet::abi::query_properties(comm, properties); });
}

ncclResult_t ncclDevCommCreate(ncclComm_t, const ncclDevCommRequirements*, ncclDevComm*) {
  return guarded([] { refuse_device_api("ncclDevCommCreate"); });
}

ncclResult_t ncclDevCommDestroy(ncclComm_t, const ncclDevComm*) {
  return guarded([] { refuse_device_api("ncclDevCommDestroy"); });
}

ncclResult_t ncclGetLsaMultimemDevicePointer(ncclWindow_t, std::size_t, void**) {
  return guarded([] { refuse_device_api("ncclGetLsaMultimemDevicePointer"); });
}

ncclResult_t ncclGetMultimemDevicePointer(ncclWindow_t, std::size_t, ncclMultimemHandle_t, void**) {
  return guarded([] { refuse_device_api("ncclGetMultimemDevicePointer"); });
}

ncclResult_t ncclGetLsaDevicePointer(ncclWindow_t, std::size_t, int, void**) {
  return guarded([] { refuse_device_api("ncclGetLsaDevicePointer"); });
}

ncclResult_t ncclGetPeerDevicePointer(ncclWindow_t, std::size_t, int, void**) {
  return guarded([] { refuse_device_api("ncclGetPeerDevicePointer"); });
}

ncclTeam_t ncclTeamWorld(ncclComm_t comm) {
  return guarded_or(ncclTeam_t{}, [&] { return septet::abi::team_of_all(comm); });
}

ncclTeam_t ncclTeamLsa(ncclComm_t comm) {
  return guarded_or(ncclTeam_t{}, [&] { return septet::abi::team_in_reach(comm); });
}

ncclTeam_t ncclTeamRail(ncclComm_t comm) {
  return guarded_or(ncclTeam_t{}, [&] { return septet::abi::team_of_teams(comm); });
}

int ncclTeamRankToWorld(ncclComm_t comm, ncclTeam_t team, int rank) {
  return guarded_or(-1, [&] { return septet::abi::rank_of_all(comm, team, rank); });
}

int ncclTeamRankToLsa(ncclComm_t comm, ncclTeam_t team, int rank) {
  return guarded_or(-1, [&] { return septet::abi::rank_in_reach(comm, team, rank); });
}

ncclResult_t ncclLsaBarrierCreateRequirement(ncclTeam_t, int, ncclLsaBarrierHandle*,
                                             ncclDevResourceRequirements*) {
  return guarded([] { refuse_device_api("ncclLsaBarrierCreateRequirement"); });
}

ncclResult_t ncclGinBarrierCreateRequirement(ncclComm_t, ncclTeam_t, int, ncclGinBarrierHandle*,
                                             ncclDevResourceRequirements*) {
  return guarded([] { refuse_device_api("ncclGinBarrierCreateRequirement"); });
}

ncclResult_t ncclGinOutboxCreateRequirement(int, int, ncclGinOutboxHandle*,
                                            ncclDevResourceRequirements*) {
  return guarded([] { refuse_device_api("ncclGinOutboxCreateRequirement"); });
}

ncclResult_t ncclGinInboxA2ACreateRequirement(ncclTeam_t, int, int, ncclGinInboxA2AHandle*,
                                              ncclDevResourceRequirements*) {
  return guarded([] { refuse_device_api("ncclGinInboxA2ACreateRequirement"); });
}

int ncclLLA2ACalcSlots(int elements, int element_bytes) {
  // A slot for each 8 bytes of an element, as kernels that are built with NCCL's headers count.
  const auto slots = (static_cast<unsigned>(element_bytes) + 7U) / 8U;
  return static_cast<int>(static_cast<unsigned>(elements) * slots);
}

ncclResult_t ncclLLA2ACreateRequirement(int, int, ncclLLA2AHandle*, ncclDevResourceRequirements*) {
  return guarded([] { refuse_device_api("ncclLLA2ACreateRequirement"); });
}
