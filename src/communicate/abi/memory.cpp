// SPDX-License-Identifier: Apache-2.0
#include "communicate/abi/memory.hpp"

#include "communicate/abi/communicator.hpp"
#include "communicate/abi/result_place.hpp"
#include <septet/error.hpp>

#include <string>

namespace septet::abi {
namespace {

[[noreturn]] void refuse(const std::string& text) { throw Error(ErrorKind::argument, text); }

}  // namespace

void allocate(void** memory, std::size_t bytes) {
  place(memory) = nullptr;
  if (bytes > 0) *memory = backend().allocate(bytes);
}

void release(void* memory) {
  if (memory != nullptr) backend().free(memory);
}

void register_buffer(ncclComm_t comm, const void* buffer, std::size_t bytes, void** handle) {
  (void)communicator_of(comm);
  place(handle) = nullptr;
  if (buffer == nullptr || bytes == 0)
    refuse("ncclCommRegister: there is no buffer, or it is empty");
}

void deregister_buffer(ncclComm_t comm, const void* handle) {
  (void)communicator_of(comm);
  if (handle == nullptr) return;
  throw Error(ErrorKind::usage,
              "ncclCommDeregister: not a handle of ncclCommRegister, which gives null ones");
}

void suspend(ncclComm_t comm, int flags) {
  (void)ready_communicator(comm);
  if ((flags & ~nccl_suspend_memory) != 0) {
    refuse("ncclCommSuspend: flags are " + std::to_string(flags) + "; NCCL_SUSPEND_MEM (1) is one");
  }
}

void resume(ncclComm_t comm) { (void)ready_communicator(comm); }

void memory_stat(ncclComm_t comm, ncclCommMemStat_t stat, std::uint64_t* value) {
  const auto ready = ready_communicator(comm);
  auto& result = place(value);
  switch (stat) {
    case ncclStatGpuMemSuspend:
    case ncclStatGpuMemSuspended:
      result = 0;
      return;
    case ncclStatGpuMemPersist:
    case ncclStatGpuMemTotal:
      result = ready->channel().device_bytes();
      return;
  }
  refuse("ncclCommMemStats: there is no statistic " + std::to_string(stat));
}

}  // namespace septet::abi
