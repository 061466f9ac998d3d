// SPDX-License-Identifier: Apache-2.0
#include "communicate/abi/guard.hpp"
#include "communicate/abi/nccl_entries.hpp"
#include "communicate/abi/result_place.hpp"
#include "communicate/abi/version.hpp"

using septet::abi::guarded;
using septet::abi::place;

ncclResult_t ncclGetVersion(int* version) {
  return guarded([&] { place(version) = septet::abi::nccl_version(septet::abi::variable); });
}
