// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace septet {

/// The text of optuna_bridge.py beside this file. Built in.
extern const std::string_view bridge_program;

}  // namespace septet
