// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include <source_location>

namespace septet {

/// Throws Error `device` that says what was to be done and what CUDA answered, unless `code` is
/// success. Clears the runtime's last error.
void check(cudaError_t code, const char* action,
           std::source_location where = std::source_location::current());

}  // namespace septet
