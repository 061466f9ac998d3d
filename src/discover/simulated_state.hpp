// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "discover/simulated_world.hpp"

#include <string>
#include <string_view>

namespace septet::simulated {

/// A world as the text of a state file: JSON, `"version": 1`. docs/simulate.md lists the fields.
[[nodiscard]] std::string write_state(const World& world);

/// The reverse. Throws Error `argument` that names the field which is wrong, or the rule of MIG
/// that the instances break.
[[nodiscard]] World read_state(std::string_view text);

}  // namespace septet::simulated
