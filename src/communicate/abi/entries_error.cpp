// SPDX-License-Identifier: Apache-2.0
#include "communicate/abi/last_error.hpp"
#include "communicate/abi/nccl_entries.hpp"

#include <array>
#include <cstddef>

namespace {

// NCCL's words, which people look for, but for the one that asks to report to its developers.
constexpr std::array texts{
    "no error",
    "unhandled cuda error (run with NCCL_DEBUG=INFO for details)",
    "unhandled system error (run with NCCL_DEBUG=INFO for details)",
    "internal error - please report this issue to the developers of Septet",
    "invalid argument (run with NCCL_DEBUG=WARN for details)",
    "invalid usage (run with NCCL_DEBUG=WARN for details)",
    "remote process exited or there was a network error",
    "NCCL operation in progress",
    "timeout",
};

}  // namespace

const char* ncclGetErrorString(ncclResult_t result) {
  const auto number = static_cast<std::size_t>(result);
  return number < texts.size() ? texts[number] : "unknown result code";
}

const char* ncclGetLastError(ncclComm_t) { return septet::abi::last_error(); }
