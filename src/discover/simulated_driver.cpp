// SPDX-License-Identifier: Apache-2.0
#include "discover/simulated_driver.hpp"

#include <septet/error.hpp>

namespace septet {

std::unique_ptr<Driver> open_simulated(std::string_view spec) {
  throw Error(ErrorKind::internal, "sim:" + std::string(spec) + " is being written");
}

}  // namespace septet
