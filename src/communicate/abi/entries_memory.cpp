// SPDX-License-Identifier: Apache-2.0
// Memory of the program's: given by the library, or told to it; and the library's own.
#include "communicate/abi/guard.hpp"
#include "communicate/abi/memory.hpp"
#include "communicate/abi/nccl_entries.hpp"

using septet::abi::guarded;

ncclResult_t ncclMemAlloc(void** memory, std::size_t bytes) {
  return guarded([&] { septet::abi::allocate(memory, bytes); });
}

ncclResult_t ncclMemFree(void* memory) {
  return guarded([&] { septet::abi::release(memory); });
}

ncclResult_t ncclCommRegister(ncclComm_t comm, void* buffer, std::size_t bytes, void** handle) {
  return guarded([&] { septet::abi::register_buffer(comm, buffer, bytes, handle); });
}

ncclResult_t ncclCommDeregister(ncclComm_t comm, void* handle) {
  return guarded([&] { septet::abi::deregister_buffer(comm, handle); });
}

ncclResult_t ncclCommSuspend(ncclComm_t comm, int flags) {
  return guarded([&] { septet::abi::suspend(comm, flags); });
}

ncclResult_t ncclCommResume(ncclComm_t comm) {
  return guarded([&] { septet::abi::resume(comm); });
}

ncclResult_t ncclCommMemStats(ncclComm_t comm, ncclCommMemStat_t stat, std::uint64_t* value) {
  return guarded([&] { septet::abi::memory_stat(comm, stat, value); });
}
