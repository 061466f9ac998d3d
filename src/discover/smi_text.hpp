// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/driver.hpp>

#include <memory>
#include <string_view>

namespace septet {

/// The driver of "smi:FILE"; "-" is standard input, read once.
[[nodiscard]] std::unique_ptr<Driver> open_smi_text(std::string_view file);

}  // namespace septet
