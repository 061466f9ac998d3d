// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/environment.hpp>
#include <septet/launch.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace septet {

/// The ranks of one attempt, as they are told.
struct RankGroup {
  int size = 1;
  RankStyle style = RankStyle::local;
  std::string run_id;      ///< The lease's id.
  std::string token;       ///< Of this attempt: the ranks' communicators meet by it.
  std::uint16_t port = 0;  ///< For rank 0 to listen on.
  int restart = 0;         ///< 0 for the first attempt.
  int max_restarts = 0;
};

/// What `rank` of `group` is told: the job's environment, its one slice, and who it is: torchrun's
/// whole set and SEPTET_RANK, SEPTET_WORLD_SIZE, SEPTET_LOCAL_RANK, SEPTET_TOKEN. docs/ranks.md
/// says who reads what. Never half of a set: what was there before is replaced. Pure.
[[nodiscard]] Environment rank_environment(const Job& job, const LeaseRecord& lease,
                                           const RankGroup& group, int rank);

/// `environment` with SEPTET_RANK, SEPTET_WORLD_SIZE, SEPTET_LOCAL_RANK and SEPTET_TOKEN, by which
/// communicators meet, and without the rank of any launcher further out. It has nothing of
/// torchrun's: PyTorch takes such a process for one alone. Pure.
[[nodiscard]] Environment companion_environment(Environment environment, int rank, int size,
                                                const std::string& token);

/// What the one process of a hold is told: the job's environment and all slices. Pure.
[[nodiscard]] Environment holder_environment(const Job& job, const LeaseRecord& lease);

/// The same for one of the processes that share a lease and were not started as its ranks: it has
/// `slices` of it. Pure.
[[nodiscard]] Environment member_environment(const Job& job, const LeaseRecord& lease,
                                             const std::vector<Slice>& slices);

/// The slices that `rank` has.
[[nodiscard]] std::vector<Slice> slices_of_rank(const Job& job, const LeaseRecord& lease, int rank);

}  // namespace septet
