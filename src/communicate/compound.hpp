// SPDX-License-Identifier: Apache-2.0
// Operations that are groups of sends and receives.
#pragma once

#include <septet/communicator.hpp>
#include <septet/operation.hpp>

#include <cstddef>
#include <vector>

namespace septet {

/// As Communicator's functions of the same name, among `ranks` ranks, for `rank`. Parts of zero
/// elements that need no message are left out, on both sides.
[[nodiscard]] std::vector<Operation> all_to_all(const void* send, Communicator::Parts sent,
                                                void* recv, Communicator::Parts received,
                                                DataType type, int ranks);
[[nodiscard]] std::vector<Operation> gather(const void* send, void* recv, std::size_t count,
                                            DataType type, int root, int rank, int ranks);
[[nodiscard]] std::vector<Operation> scatter(const void* send, void* recv, std::size_t count,
                                             DataType type, int root, int rank, int ranks);

}  // namespace septet
