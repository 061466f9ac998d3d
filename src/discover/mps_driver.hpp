// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/driver.hpp>

#include <memory>

namespace septet {

/// The driver of "mps:N": each whole GPU that `gpus` surveys, cut into `parts` stand-in slices.
[[nodiscard]] std::unique_ptr<Driver> open_mps(int parts, std::unique_ptr<Driver> gpus);

}  // namespace septet
