// SPDX-License-Identifier: Apache-2.0
#include "communicate/cuda/check.hpp"

#include <septet/error.hpp>

#include <string>

namespace septet {

void check(cudaError_t code, const char* action, std::source_location where) {
  if (code == cudaSuccess) return;
  cudaGetLastError();
  throw Error(ErrorKind::device, std::string("cannot ") + action + ": " + cudaGetErrorString(code),
              where);
}

}  // namespace septet
