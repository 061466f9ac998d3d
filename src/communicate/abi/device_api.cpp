// SPDX-License-Identifier: Apache-2.0
#include "communicate/abi/device_api.hpp"

#include "communicate/abi/communicator.hpp"
#include "communicate/abi/result_place.hpp"
#include <septet/error.hpp>

#include <algorithm>
#include <cstring>
#include <string>

namespace septet::abi {
namespace {

/// Source: NCCL_COMM_PROPERTIES_INITIALIZER.
constexpr unsigned magic = 0xcafebeef;

/// Without what the caller filled in: size, magic and version.
ncclCommProperties_t properties_of(const Comm& comm) {
  ncclCommProperties_t properties{};
  properties.rank = comm.rank();
  properties.nRanks = comm.size();
  properties.cudaDev = comm.device();
  properties.nvmlDev = comm.device();
  properties.nLsaTeams = comm.size();
  return properties;
}

}  // namespace

void query_properties(ncclComm_t comm, ncclCommProperties_t* properties) {
  const auto ready = ready_communicator(comm);
  auto& asked = place(properties);
  if (asked.magic != magic) {
    throw Error(ErrorKind::usage,
                "ncclCommQueryProperties: the properties were not initialised: begin with "
                "NCCL_COMM_PROPERTIES_INITIALIZER (size, magic 0xcafebeef, version)");
  }
  const auto answer = properties_of(*ready);
  constexpr auto start = offsetof(ncclCommProperties_t, rank);
  const auto end = std::clamp(asked.size, start, sizeof answer);
  std::memcpy(reinterpret_cast<std::byte*>(properties) + start,
              reinterpret_cast<const std::byte*>(&answer) + start, end - start);
}

ncclTeam_t team_of_all(ncclComm_t comm) {
  const auto ready = ready_communicator(comm);
  return {.nRanks = ready->size(), .rank = ready->rank(), .stride = 1};
}

ncclTeam_t team_in_reach(ncclComm_t comm) {
  (void)ready_communicator(comm);
  return {.nRanks = 1, .rank = 0, .stride = 1};
}

ncclTeam_t team_of_teams(ncclComm_t comm) { return team_of_all(comm); }

int rank_of_all(ncclComm_t comm, ncclTeam_t team, int rank) {
  return ready_communicator(comm)->rank() + (rank - team.rank) * team.stride;
}

int rank_in_reach(ncclComm_t comm, ncclTeam_t team, int rank) {
  (void)ready_communicator(comm);
  return (rank - team.rank) * team.stride;
}

void refuse_device_api(const char* call) {
  throw Error(ErrorKind::usage,
              std::string(call) +
                  ": kernels of slices cannot communicate by themselves (deviceApiSupport of "
                  "ncclCommQueryProperties is false); use collectives, or ncclSend and ncclRecv");
}

}  // namespace septet::abi
