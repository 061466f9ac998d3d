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
  Manner manner;                          ///< Which settings ask for; refused where it cannot be.
};

/// What a communicator can do. Plain value.
struct Room {
  std::size_t chunk_bytes = SIZE_MAX;
  std::uint32_t blocks = UINT32_MAX;  ///< That run at once.
};

/// All by `path`, whatever the environment forces: "septet ring". "septet" for automatic.
[[nodiscard]] Way way_by(Path path);

/// The word for how `group` goes, whose operations go by `taken`. Throws Error `device` when they
/// are not done in that way, or there is no `room` for it.
[[nodiscard]] std::string path_in(const Way& way, std::span<const Operation> group, Path taken,
                                  const Room& room);

}  // namespace septet::bench
