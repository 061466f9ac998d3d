// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>

namespace septet {

/// The environment variables that communicators obey. Ranks of one communicator need the same.
struct Settings {
  /// SEPTET_MEETING_FOLDER: where ranks meet that share a folder and no network namespace.
  std::filesystem::path meeting_folder;

  /// SEPTET_SEGMENT_MIB: memory of one communicator, for all its ranks together; 1 to 1024.
  std::size_t segment_bytes = std::size_t{24} << 20;

  /// SEPTET_OPERATION_LIMIT_S: seconds that an operation may wait without progress; 0: for ever.
  std::chrono::seconds operation_limit{0};
};

/// Reads them. Throws Error `argument` that names the variable.
[[nodiscard]] Settings settings_from_environment();

}  // namespace septet
