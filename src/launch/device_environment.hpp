// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/environment.hpp>
#include <septet/host.hpp>

#include <vector>

namespace septet {

/// The variables through which CUDA and the container tools see exactly `slices`, in this order.
/// Pure. Requires: at least one slice.
[[nodiscard]] Environment::Variables device_environment(const std::vector<Slice>& slices);

}  // namespace septet
