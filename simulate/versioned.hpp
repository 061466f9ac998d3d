// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "entry.hpp"

namespace septet::standin {

/// Calls `put` with the struct that `info` points to, a V2 or a V3 as its first field says; any
/// other version is refused.
template <typename V2, typename V3, typename Put>
void put_versioned(void* info, Put put) {
  if (info == nullptr) refuse(nvml::Result::invalid_argument);
  const auto version = *static_cast<const unsigned*>(info);
  if (version == nvml::version_of<V2>(2)) {
    put(*static_cast<V2*>(info));
  } else if (version == nvml::version_of<V3>(3)) {
    put(*static_cast<V3*>(info));
  } else {
    refuse(nvml::Result::argument_version_mismatch);
  }
}

}  // namespace septet::standin
