// SPDX-License-Identifier: Apache-2.0
// Windows are memory that other ranks reach by themselves. Slices have none, so that registration
// succeeds without a window, as NCCL answers where it cannot make any; callers then go without.
#pragma once

#include "communicate/abi/nccl.hpp"

namespace septet::abi {

/// Null for the window. Throws Error `argument` for no communicator, buffer or place.
void register_window(ncclComm_t comm, const void* buffer, std::size_t bytes, ncclWindow_t* window);

/// Null is nothing to let go of. Throws Error `usage` for any other window: none was made.
void deregister_window(ncclComm_t comm, ncclWindow_t window);

/// Null: without windows there is no memory behind them.
void window_pointer(ncclComm_t comm, void** pointer);

/// Throws Error `usage` that says which call needs a window and what does the same without.
[[noreturn]] void refuse_one_sided(ncclComm_t comm, const char* call);

}  // namespace septet::abi
