// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/space.hpp>

#include <string>
#include <vector>

namespace septet {

/// Takes what follows the first ":::" off `command` and returns it as axes, as GNU parallel reads
/// it: ":::" values, "::::" files of lines, and with "+" at its end one that goes along with the
/// source before, value by value. The axes are named "1", "2", … Throws Error `usage` for a source
/// without values, Error `system` for a file that cannot be read.
[[nodiscard]] std::vector<Axis> take_sources(std::vector<std::string>& command);

}  // namespace septet
