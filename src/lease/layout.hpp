// SPDX-License-Identifier: Apache-2.0
#pragma once

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

  /// The lock of a slice, or of a GPU as the parent of its slices.
  [[nodiscard]] std::filesystem::path slice_lock(std::string_view uuid) const;
  [[nodiscard]] std::filesystem::path record(std::string_view id) const;
  [[nodiscard]] std::filesystem::path ticket(int number) const;
};

/// Makes the folder and what belongs into it, as far as it is missing and this user may.
///
/// A new folder is for this user alone. One that is there keeps its mode, and what is made in it
/// gets the same: an administrator's sticky folder serves all users. Throws Error `system` with the
/// remedy when it is neither this user's nor root's, or cannot be used.
void prepare(const Layout& layout);

}  // namespace septet
