// SPDX-License-Identifier: Apache-2.0
// From the arguments of NCCL's collectives to the operations of a group.
#pragma once

#include "communicate/abi/communicator.hpp"
#include "communicate/abi/nccl.hpp"
#include <septet/operation.hpp>

#include <functional>
#include <string_view>
#include <vector>

namespace septet::abi {

/// Which entry was called, and where its work is to go.
struct Target {
  std::string_view entry;
  ncclComm_t comm;
  Stream stream;
};

/// Adds an operation to this thread's group, or does it. `make` gets the communicator and returns
/// what it has to do. Of a collective of no elements nothing is left but the check of its
/// arguments; a send or receive of none is matched like any other.
///
/// Messages name the entry and the rank. Throws what Group::close does, and Error `argument`.
[[nodiscard]] ncclResult_t issue(const Target& target,
                                 const std::function<Operation(const Comm&)>& make);

/// The same for what reduces: `op` may be a user reduction of the communicator.
[[nodiscard]] ncclResult_t issue(const Target& target, ncclRedOp_t op,
                                 const std::function<Operation(const Comm&)>& make);

/// The same for collectives that are several sends and receives.
[[nodiscard]] ncclResult_t issue_several(
    const Target& target, const std::function<std::vector<Operation>(const Comm&)>& make);

/// As Communicator's, on one rank of `comm`. Throw Error `argument` for a root that is none, or a
/// buffer that is missing.
[[nodiscard]] std::vector<Operation> to_all(const void* send, void* recv, std::size_t count,
                                            DataType type, const Comm& comm);
[[nodiscard]] std::vector<Operation> to_root(const void* send, void* recv, std::size_t count,
                                             DataType type, int root, const Comm& comm);
[[nodiscard]] std::vector<Operation> from_root(const void* send, void* recv, std::size_t count,
                                               DataType type, int root, const Comm& comm);

}  // namespace septet::abi
