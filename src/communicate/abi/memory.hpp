// SPDX-License-Identifier: Apache-2.0
// What the library knows of memory. Buffers need no registration here, so that telling it of one
// succeeds and comes to nothing: no handle, as NCCL answers where registration is of no use.
#pragma once

#include "communicate/abi/nccl.hpp"

namespace septet::abi {

/// Ordinary memory of the current device; null for 0 bytes. Throws Error `argument` when `memory`
/// is null, `device` when there is not as much.
void allocate(void** memory, std::size_t bytes);

/// Null is nothing to free.
void release(void* memory);

/// Null for the handle. Throws Error `argument` for no communicator, buffer, size or handle.
void register_buffer(ncclComm_t comm, const void* buffer, std::size_t bytes, void** handle);

/// Works on a communicator that is broken, too: allocators let go of buffers while it is aborted.
/// Throws Error `usage` for a handle that register_buffer cannot have given.
void deregister_buffer(ncclComm_t comm, const void* handle);

/// Let go of device memory between collectives, and take it back. A communicator has little of it
/// and keeps it, which memory_stat tells. Throw Error `argument` for what is not ready.
void suspend(ncclComm_t comm, int flags);
void resume(ncclComm_t comm);

/// Bytes of device memory that the library holds for `comm`, and how many of them can be suspended:
/// none. Throws Error `argument` for an unknown `stat`.
void memory_stat(ncclComm_t comm, ncclCommMemStat_t stat, std::uint64_t* value);

}  // namespace septet::abi
