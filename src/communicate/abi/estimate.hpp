// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/abi/group.hpp"

#include <span>

namespace septet::abi {

/// How long `calls` would take, in microseconds: a rough figure, to compare groups with each other.
[[nodiscard]] float estimate_us(std::span<const Call> calls);

}  // namespace septet::abi
