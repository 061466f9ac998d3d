// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/host.hpp>

#include <filesystem>
#include <string>

namespace septet {

/// Where the MPS daemon of one GPU and one user lives, and who speaks for it.
///
/// Three lock files tell all there is to know, and the kernel keeps them true whoever is killed:
///   users.lock   shared by every process tree that may run on the GPU's stand-ins; exclusive
///                while the keeper ends the daemon.
///   keeper.lock  exclusive from before the keeper starts until it has ended.
///   ready.lock   exclusive while the daemon takes clients.
struct MpsPlace {
  std::string gpu_uuid;
  std::filesystem::path folder;  ///< <lease folder>/mps/<gpu uuid>.<uid>

  [[nodiscard]] std::filesystem::path pipe() const { return folder / "pipe"; }
  [[nodiscard]] std::filesystem::path log() const { return folder / "log"; }
  [[nodiscard]] std::filesystem::path users_lock() const { return folder / "users.lock"; }
  [[nodiscard]] std::filesystem::path keeper_lock() const { return folder / "keeper.lock"; }
  [[nodiscard]] std::filesystem::path ready_lock() const { return folder / "ready.lock"; }
};

/// The place of this user's daemon for `gpu_uuid`. One for all leases below one lease folder: a
/// sub-lease has the place of the lease around it.
[[nodiscard]] MpsPlace mps_place(const std::filesystem::path& lease_folder,
                                 const std::string& gpu_uuid);

/// Makes the folders, for this user alone. Throws Error `system` when they cannot be made, are
/// somebody else's, or have a name too long for the daemon's socket, with the remedy.
void make_folders(const MpsPlace& place);

}  // namespace septet
