// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/unique_fd.hpp>

#include <filesystem>
#include <optional>
#include <string>

namespace septet {

/// The sole right to the socket <name>.socket in a folder: a flock on <name>.lock beside it, which
/// the kernel frees however its holder ends. Both files go with this object.
class FolderLock {
 public:
  /// Nothing while another process, or another thread of this one, has it. A socket of that name
  /// that is found then is a dead holder's, and is removed. Throws Error `system`.
  [[nodiscard]] static std::optional<FolderLock> try_take(const std::filesystem::path& folder,
                                                          const std::string& name);

  FolderLock(FolderLock&& other) noexcept = default;
  FolderLock& operator=(FolderLock&& other) = delete;
  ~FolderLock();

 private:
  FolderLock(std::filesystem::path path, UniqueFd file);

  std::filesystem::path path_;
  UniqueFd file_;
};

/// The file of the socket that goes with the lock.
[[nodiscard]] std::string socket_of(const std::string& name);

/// Removes the locks and sockets of this user in `folder` whose holders were killed.
void remove_abandoned(const std::filesystem::path& folder);

}  // namespace septet
