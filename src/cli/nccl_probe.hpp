// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace septet::cli {

/// The text of nccl_probe.py, for `python3 -c`.
extern const std::string_view nccl_probe;

}  // namespace septet::cli
