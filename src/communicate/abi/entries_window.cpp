// SPDX-License-Identifier: Apache-2.0
// Windows.
#include "communicate/abi/guard.hpp"
#include "communicate/abi/nccl_entries.hpp"
#include "communicate/abi/windows.hpp"

using septet::abi::guarded;

ncclResult_t ncclCommWindowRegister(ncclComm_t comm, void* buffer, std::size_t bytes,
                                    ncclWindow_t* window, int) {
  return guarded([&] { septet::abi::register_window(comm, buffer, bytes, window); });
}

ncclResult_t ncclCommWindowDeregister(ncclComm_t comm, ncclWindow_t window) {
  return guarded([&] { septet::abi::deregister_window(comm, window); });
}

ncclResult_t ncclWinGetUserPtr(ncclComm_t comm, ncclWindow_t, void** pointer) {
  return guarded([&] { septet::abi::window_pointer(comm, pointer); });
}
