// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/path.hpp"
#include "communicate/settings.hpp"
#include <septet/operation.hpp>

#include <cstdint>
#include <span>
#include <string>

namespace septet::bench {

/// Septet with settings of its own: one row of each size. Plain value.
struct Way {
  std::string name = "septet";
  Settings settings = settings_from_environment();
  Path path = Path::automatic;            ///< What does not go so is refused.
  std::uint64_t most_bytes = UINT64_MAX;  ///< Of one part: what is larger is refused.
};

/// All by `path`, whatever the environment forces: "septet ring". "septet" for automatic.
[[nodiscard]] Way way_by(Path path);

/// The word for how `group` goes, whose operations go by `taken`. Throws Error `device` when they
/// are not done in that way.
[[nodiscard]] std::string path_in(const Way& way, std::span<const Operation> group, Path taken);

}  // namespace septet::bench
