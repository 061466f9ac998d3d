// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/driver.hpp>

#include <memory>
#include <string_view>

namespace septet {

/// The driver of "sim:SPEC". Throws Error `argument` that names what is wrong with `spec`.
[[nodiscard]] std::unique_ptr<Driver> open_simulated(std::string_view spec);

}  // namespace septet
