// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/operation.hpp>

namespace septet {

/// Whether it is a send or a receive.
[[nodiscard]] bool is_message(const Operation& operation) noexcept;

/// Throws Error `argument` unless rank `rank` of `ranks` can run `operation`: known kind, type and
/// reduction, a root or peer that exists, buffers where some are needed, sizes that fit in memory.
void check_operation(const Operation& operation, int rank, int ranks);

}  // namespace septet
