// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace septet::simulated {

/// What a GPU's UUID is made of.
struct Identity {
  std::uint16_t chip;  ///< Of the die.
  std::uint64_t pdi;   ///< Per-device identifier, burnt in.

  bool operator==(const Identity&) const = default;
};

/// "GPU-8-4-4-4-12".
///
/// A version 5 UUID (SHA-1 over a fixed name space, "NVIDIA GPU", chip and PDI), as the driver
/// derives it. Source: NVIDIA's open GPU kernel modules, gpu_uuid.c.
[[nodiscard]] std::string gpu_uuid(const Identity& gpu);

/// "MIG-8-4-4-4-12" of the compute instance whose first system pipe is `pipe`. The profile is
/// not in it: another shape at the same place has the same UUID.
[[nodiscard]] std::string mig_uuid(const Identity& gpu, int gpu_instance, int pipe);

}  // namespace septet::simulated
