// SPDX-License-Identifier: Apache-2.0
// NCCL's device API lets kernels communicate by themselves, through memory that ranks map from each
// other. Slices do not do that here: the properties say so, and what would need it refuses.
#pragma once

#include "communicate/abi/nccl.hpp"

namespace septet::abi {

/// As many bytes as the caller's version has, by its first member. Throws Error `argument` when
/// there is no place, `usage` when it was not initialised.
void query_properties(ncclComm_t comm, ncclCommProperties_t* properties);

/// All ranks; those whose memory this one reaches: itself; and one rank of each such team: all.
[[nodiscard]] ncclTeam_t team_of_all(ncclComm_t comm);
[[nodiscard]] ncclTeam_t team_in_reach(ncclComm_t comm);
[[nodiscard]] ncclTeam_t team_of_teams(ncclComm_t comm);

/// Member `rank` of `team`, counted among all ranks, and among those in reach.
[[nodiscard]] int rank_of_all(ncclComm_t comm, ncclTeam_t team, int rank);
[[nodiscard]] int rank_in_reach(ncclComm_t comm, ncclTeam_t team, int rank);

/// Throws Error `usage` that says what to use instead of `call`.
[[noreturn]] void refuse_device_api(const char* call);

}  // namespace septet::abi
