// SPDX-License-Identifier: Apache-2.0
#include "communicate/abi/ending.hpp"

#include "communicate/abi/communicator.hpp"
#include "communicate/abi/flush.hpp"
#include <septet/error.hpp>

#include <string>

namespace septet::abi {

void finalize(Group& group, ncclComm_t comm) {
  if (comm == nullptr) return;
  const auto ending = communicator_of(comm);
  ending->finalize();
  group.add(Task{ending, [ending] { flush(ending->channel(), *ending->interruption()); }});
}

void destroy(ncclComm_t comm) {
  if (comm != nullptr) take_communicator(comm)->leave();
}

void abort(ncclComm_t comm) {
  if (comm == nullptr) return;
  const auto aborted = take_communicator(comm);
  aborted->abort();
  aborted->leave();
}

void revoke(ncclComm_t comm, int flags) {
  if (comm == nullptr) return;
  if (flags != 0) {
    throw Error(ErrorKind::argument,
                "ncclCommRevoke: flags " + std::to_string(flags) + ": there are none, give 0");
  }
  communicator_of(comm)->revoke();
}

}  // namespace septet::abi
