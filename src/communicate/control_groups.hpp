// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

namespace septet {

/// The folders of the control groups (version 2) that this process is in, as far as they are
/// mounted: its own, then each one above. They need not exist. `root` is for tests.
[[nodiscard]] std::vector<std::filesystem::path> own_control_groups(
    const std::filesystem::path& root = "/");

}  // namespace septet
