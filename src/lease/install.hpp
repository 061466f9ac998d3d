// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lease/layout.hpp"

#include <filesystem>
#include <string>

namespace septet {

/// The two places of a host that serve all its users: the folder, and systemd's order to make it
/// again at each boot (tmpfiles.d(5)).
struct HostPlaces {
  /// Of the host whose files lie below `below`: "/" for this one, another for an image that is
  /// being built.
  explicit HostPlaces(const std::filesystem::path& below);

  std::filesystem::path root;
  Layout layout;
  std::filesystem::path boot_order;
};

/// What the boot order says.
[[nodiscard]] std::string boot_order_text();

/// Makes both. Requires: root. Throws Error `unavailable` while users hold or wait for slices
/// through folders of their own, which nobody would see any more; `system` otherwise.
void install(const HostPlaces& places);

/// Removes both. Requires: root. Throws Error `unavailable` while anybody holds or waits for
/// slices; `system` otherwise.
void uninstall(const HostPlaces& places);

}  // namespace septet
