// SPDX-License-Identifier: Apache-2.0
// What is asked of kernels before they are launched.
#pragma once

#include "communicate/cuda/check.hpp"

#include <cuda_runtime_api.h>

namespace septet {

template <typename Kernel>
void load_kernel(Kernel* kernel) {
  cudaFuncAttributes attributes;
  check(cudaFuncGetAttributes(&attributes, kernel), "load a kernel");
}

/// How many blocks of `kernel` a multiprocessor can run at once.
template <typename Kernel>
int resident_blocks_of(Kernel* kernel, unsigned threads) {
  int blocks = 0;
  check(
      cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, kernel, static_cast<int>(threads), 0),
      "ask for the occupancy of a kernel");
  return blocks;
}

}  // namespace septet
