// SPDX-License-Identifier: Apache-2.0
#include "discover/smi_text.hpp"

#include <septet/error.hpp>

namespace septet {

std::unique_ptr<Driver> open_smi_text(std::string_view file) {
  throw Error(ErrorKind::internal, "smi:" + std::string(file) + " is being written");
}

}  // namespace septet
