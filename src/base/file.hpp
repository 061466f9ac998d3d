// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace septet {

/// All of a small file, read to its end (so /proc and /sys work). Throws Error `system`.
[[nodiscard]] std::string read_file(const std::filesystem::path& path);

/// The same, or nothing when it does not exist or may not be read.
[[nodiscard]] std::optional<std::string> try_read_file(const std::filesystem::path& path);

/// Writes all of `text` to an open descriptor, however often the kernel takes part of it.
void write_all(int descriptor, std::string_view text);

/// Makes `path` hold `text`, whole or not at all: written beside, then renamed.
void replace_file(const std::filesystem::path& path, std::string_view text);

}  // namespace septet
