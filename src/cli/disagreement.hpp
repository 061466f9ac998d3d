// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/mistakes.hpp"

#include <vector>

namespace septet::cli {

/// Where CUDA and the driver's description of the slice do not agree: no device, another name,
/// memory off by more than 1 % (3 % for a whole GPU; of a stand-in more free than its limit),
/// another number of SMs, another slice's uuid. Nothing when CUDA was not asked. Pure.
[[nodiscard]] std::vector<Mistake> find_disagreements(const Sight& sight);

}  // namespace septet::cli
