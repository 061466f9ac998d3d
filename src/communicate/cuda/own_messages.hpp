// SPDX-License-Identifier: Apache-2.0
// Messages of a rank to itself: copies on its device.
#pragma once

#include <septet/operation.hpp>

#include <cuda_runtime_api.h>

#include <cstddef>
#include <span>
#include <vector>

namespace septet {

/// Those of `group` that are, or are not, messages from rank `rank` to itself.
[[nodiscard]] std::vector<Operation> own_messages(std::span<const Operation> group, int rank);
[[nodiscard]] std::vector<Operation> without_own_messages(std::span<const Operation> group,
                                                          int rank);

/// Throws Error `usage` unless each send has its recv, of the same size, in the same order.
void check_own_messages(std::span<const Operation> own);

/// Requires: check_own_messages.
void enqueue_own_messages(std::span<const Operation> own, cudaStream_t stream);

}  // namespace septet
