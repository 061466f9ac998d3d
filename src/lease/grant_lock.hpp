// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/unique_fd.hpp>

#include <chrono>
#include <filesystem>

namespace septet {

/// The right to grant, queue and sweep in one lease folder: one process of the host at a time has
/// it, for a fraction of a millisecond. Slices are not held by it, but by their own locks.
class GrantLock {
 public:
  /// Blocks up to `limit`: long enough for hundreds before it, each of whom needs a fraction of a
  /// millisecond. Throws Error `system` when that is over, with the pid of the process
  /// that is in the way.
  explicit GrantLock(const std::filesystem::path& folder,
                     std::chrono::milliseconds limit = std::chrono::seconds(60));

 private:
  UniqueFd lock_;
};

}  // namespace septet
