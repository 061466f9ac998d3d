// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "discover/simulated_world.hpp"

#include <string>

namespace septet::standin {

/// "00000000:07:00.0", NVML's newer spelling.
[[nodiscard]] std::string long_bus_id(const simulated::Gpu& gpu);

/// "0000:07:00.0", its older one.
[[nodiscard]] std::string short_bus_id(const simulated::Gpu& gpu);

/// The serial number of the board: made up, and different for each GPU of a host.
[[nodiscard]] std::string serial_of(const simulated::Gpu& gpu);

}  // namespace septet::standin
