// SPDX-License-Identifier: Apache-2.0
#include "communicate/abi/simulation.hpp"

#include <septet/error.hpp>

#include <cstddef>

namespace septet::abi {
namespace {

constexpr unsigned magic = 0x74685283;  ///< Source: NCCL_SIM_INFO_INITIALIZER of 2.30.

/// As ncclConfig_t: the caller says how much of it he knows.
bool has_estimate(const ncclSimInfo_t& info) {
  return info.size >= offsetof(ncclSimInfo_t, estimatedTime) + sizeof info.estimatedTime;
}

}  // namespace

void simulate_end(Group& group, ncclSimInfo_t* info) {
  const float us = group.close_with_estimate();
  if (info == nullptr) return;
  if (info->magic != magic || !has_estimate(*info)) {
    throw Error(ErrorKind::argument,
                "ncclGroupSimulateEnd: the ncclSimInfo_t was not initialised: use "
                "NCCL_SIM_INFO_INITIALIZER");
  }
  info->estimatedTime = us;
}

}  // namespace septet::abi
