// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace septet::abi {

/// "MIG-…" or "GPU-…": the UUID of device `device` as the driver gives it to this process; where it
/// has none to give, "device 0" and so on. Needs no context.
[[nodiscard]] std::string device_name(int device);

}  // namespace septet::abi
