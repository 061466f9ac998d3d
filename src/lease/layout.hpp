// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <string_view>

namespace septet {

/// Where things lie in a lease folder. docs/lease.md draws it.
struct Layout {
  std::filesystem::path folder;

  [[nodiscard]] std::filesystem::path slices() const { return folder / "slices"; }
  [[nodiscard]] std::filesystem::path leases() const { return folder / "leases"; }
  [[nodiscard]] std::filesystem::path queue() const { return folder / "queue"; }
  [[nodiscard]] std::filesystem::path within() const { return folder / "within"; }
  [[nodiscard]] std::filesystem::path mps() const { return folder / "mps"; }
  [[nodiscard]] std::filesystem::path grant_lock() const { return folder / "grant.lock"; }
  [[nodiscard]] std::filesystem::path queue_lock() const { return folder / "queue.lock"; }

  /// The folders in it.
  [[nodiscard]] std::array<std::filesystem::path, 5> parts() const {
    return {slices(), leases(), queue(), within(), mps()};
  }

  /// The lock of a slice, or of a GPU as the parent of its slices.
  [[nodiscard]] std::filesystem::path slice_lock(std::string_view uuid) const;
  [[nodiscard]] std::filesystem::path record(std::string_view id) const;
  [[nodiscard]] std::filesystem::path ticket(int number) const;
};

/// The folder that serves all users of a host, where an administrator made it.
inline constexpr std::string_view shared_folder = "/run/septet";

/// Makes the folder and what belongs into it, as far as it is missing and this user may.
///
/// A new folder is for this user alone. One that is there keeps its mode, and what is made in it
/// gets the same: an administrator's sticky folder serves all users. Throws Error `system` with the
/// remedy when it is neither this user's nor root's, or cannot be used.
void prepare(const Layout& layout);

/// Makes the folder for all users: sticky, so that nobody removes what is another's. Requires: this
/// process is root, or all others trust its user. Throws Error `system`.
void prepare_shared(const Layout& layout);

}  // namespace septet
