// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/unique_fd.hpp>

#include <chrono>
#include <filesystem>

namespace septet {

/// Sleeps until a published file is let go of.
///
/// Holders have their files open for writing and everybody else for reading, so that the kernel's
/// "closed after writing" means just that, even when the holder was killed. It comes a moment
/// before the lock is gone. Where the kernel has no watch for us, every sleep lasts to its end.
///
/// Keep it: to close an inotify descriptor the kernel waits for all its readers to have looked
/// away, which took 7 to 28 ms here, where a grant takes a fraction of one. One thread.
class Watch {
 public:
  /// Watches one file, or all files of a folder, from now on and nothing else.
  void on(const std::filesystem::path& path);

  /// Sleeps for `limit`, or less: true when something happened there, since `on` or the last such
  /// answer. Before `on` it only sleeps.
  [[nodiscard]] bool wait(std::chrono::microseconds limit);

 private:
  void forget();

  UniqueFd events_;
  int watched_ = -1;
};

}  // namespace septet
