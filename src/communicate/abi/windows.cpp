// SPDX-License-Identifier: Apache-2.0
#include "communicate/abi/windows.hpp"

#include "communicate/abi/communicator.hpp"
#include "communicate/abi/result_place.hpp"
#include <septet/error.hpp>

#include <string>

namespace septet::abi {

void register_window(ncclComm_t comm, const void* buffer, std::size_t bytes, ncclWindow_t* window) {
  (void)communicator_of(comm);
  place(window) = nullptr;
  if (buffer != nullptr && bytes > 0) return;
  throw Error(ErrorKind::argument, "ncclCommWindowRegister: there is no buffer, or it is empty");
}

void deregister_window(ncclComm_t comm, ncclWindow_t window) {
  (void)communicator_of(comm);
  if (window == nullptr) return;
  throw Error(ErrorKind::usage,
              "ncclCommWindowDeregister: not a window of ncclCommWindowRegister, which gives null "
              "ones");
}

void window_pointer(ncclComm_t comm, void** pointer) {
  (void)communicator_of(comm);
  place(pointer) = nullptr;
}

void refuse_one_sided(ncclComm_t comm, const char* call) {
  (void)ready_communicator(comm);
  throw Error(ErrorKind::usage,
              std::string(call) +
                  ": slices have no memory that other ranks reach (ncclCommWindowRegister gave "
                  "none); use ncclSend and ncclRecv");
}

}  // namespace septet::abi
