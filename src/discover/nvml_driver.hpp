// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/driver.hpp>

#include <memory>

namespace septet {

/// The driver of "nvml". Loads nothing yet: the first survey does.
[[nodiscard]] std::unique_ptr<Driver> open_nvml();

}  // namespace septet
