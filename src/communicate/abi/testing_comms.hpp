// SPDX-License-Identifier: Apache-2.0
// Ranks of NCCL's interface as threads of a test, over host memory.
#pragma once

#include "communicate/abi/nccl_entries.hpp"

#include <functional>
#include <thread>
#include <vector>

namespace septet::abi {

inline constexpr ncclDataType_t float32{7};
inline constexpr ncclRedOp_t sum{0};

/// Runs `body` with each rank of `ranks` on a thread of its own.
inline void in_threads(int ranks, const std::function<void(int rank)>& body) {
  std::vector<std::thread> threads;
  for (int rank = 0; rank < ranks; ++rank) threads.emplace_back(body, rank);
  for (auto& thread : threads) thread.join();
}

/// The same with a communicator of theirs, which `body` may let go of; else it is destroyed.
inline void with_comms(int ranks, const std::function<void(ncclComm_t comm, int rank)>& body) {
  ncclUniqueId id{};
  (void)ncclGetUniqueId(&id);
  in_threads(ranks, [&](int rank) {
    ncclComm_t comm = nullptr;
    (void)ncclCommInitRank(&comm, ranks, id, rank);
    body(comm, rank);
    (void)ncclCommDestroy(comm);
  });
}

/// As a program that wants `blocking` fills in its configuration. Source: NCCL_CONFIG_INITIALIZER.
inline ncclConfig_t config_with(int blocking) {
  ncclConfig_t config{};
  config.size = 24;  // Of version 2.14: up to and with `blocking`.
  config.magic = 0xcafebeef;
  config.version = 21400;
  config.blocking = blocking;
  return config;
}

}  // namespace septet::abi
