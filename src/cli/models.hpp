// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/table.hpp"

#include <string>

namespace septet::cli {

/// What `septet simulate --list-models` prints: each model with its profiles.
[[nodiscard]] std::string models_table(const Look& look);

/// The same with every number and its source, as JSON with `"version": 1`.
[[nodiscard]] std::string models_json();

}  // namespace septet::cli
