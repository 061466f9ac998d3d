// SPDX-License-Identifier: Apache-2.0
#include "discover/mps_driver.hpp"

#include <septet/error.hpp>

namespace septet {

std::unique_ptr<Driver> open_mps(int parts, std::unique_ptr<Driver> /*gpus*/) {
  throw Error(ErrorKind::internal, "mps:" + std::to_string(parts) + " is being written");
}

}  // namespace septet
