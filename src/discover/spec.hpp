// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "discover/simulated_world.hpp"

#include <string_view>

namespace septet::simulated {

/// The world that SPEC describes: `[K*]MODEL[:LAYOUT]` joined by "+".
///
/// LAYOUT is "off" (the default: MIG off), "empty" (MIG on, no instances), or instances joined by
/// "," in any order: `[K]x` before one repeats it, `(1c,2c)` behind one cuts it into compute
/// instances, and `1c.3g.40gb` is one compute instance of a 3g.40gb that it shares with its like.
/// The layout is laid out wherever there is any way to do so. Throws Error `argument` that says
/// which rule of MIG an impossible one breaks. docs/simulate.md has examples.
[[nodiscard]] World parse_spec(std::string_view spec);

}  // namespace septet::simulated
