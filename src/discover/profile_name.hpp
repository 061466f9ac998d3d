// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace septet {

/// What the name of a MIG profile says: "1g.10gb", "1c.3g.20gb", "1g.10gb+me".
struct ProfileName {
  int gpu_slices = 0;           ///< The "g" of the GPU instance.
  int compute_slices = 0;       ///< The "c" where it is named, else the same as `gpu_slices`.
  int gigabytes = 0;            ///< Rounded: 1g.10gb has 9.5 to 9.8 GiB, by board and driver.
  std::string_view attributes;  ///< "+me", "-me", "+gfx"; mostly empty.

  bool operator==(const ProfileName&) const = default;
};

/// Reads a profile's name, or nothing if it is none. `attributes` points into `text`.
[[nodiscard]] std::optional<ProfileName> parse_profile_name(std::string_view text);

/// The profile at the end of a MIG device's name: "1g.5gb" of "NVIDIA A100-SXM4-40GB MIG 1g.5gb".
[[nodiscard]] std::optional<std::string> profile_in_device_name(std::string_view name);

/// The shape of a MIG device, to name it where the driver does not. Memory in bytes.
struct SliceShape {
  int gpu_slices = 0;
  int compute_slices = 0;
  std::uint64_t memory_bytes = 0;
  std::uint64_t gpu_memory_bytes = 0;  ///< Of the whole GPU; 0 where this user may not know.
};

/// The name that `shape` has by NVIDIA's rule: eighths of the GPU's GiB, rounded up. Attributes
/// such as "+me" are lost, and without the GPU's memory the slice's own is rounded up instead.
/// Source: go-nvlib, pkg/nvlib/device/mig_profile.go.
[[nodiscard]] std::string derive_profile_name(const SliceShape& shape);

}  // namespace septet
