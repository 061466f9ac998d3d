// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "discover/simulated_world.hpp"

#include <vector>

namespace septet::simulated {

/// A GPU instance that a layout asks for, and the compute slices of the parts it is cut into.
struct Wanted {
  const GpuProfile* profile;
  std::vector<int> parts;
};

/// Turns MIG on and makes `layout`, wherever there is any way to lay it out.
///
/// Throws Error `argument` naming the rule that it breaks: most instances of a profile, compute
/// slices, engines, or placements. Requires: `gpu` has no instances.
void apply_layout(Gpu& gpu, const std::vector<Wanted>& layout);

}  // namespace septet::simulated
