// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/unique_fd.hpp>

#include <cstddef>
#include <filesystem>

namespace septet {

/// A file without a name of `bytes` zeroes, all allocated, in the first place that has room: as
/// Segment::create says. Throws Error `system` that tells what each place answered.
[[nodiscard]] UniqueFd make_shared_file(std::size_t bytes, const std::filesystem::path& folder);

/// The same in `folder` alone.
[[nodiscard]] UniqueFd make_unlinked_file(std::size_t bytes, const std::filesystem::path& folder);

}  // namespace septet
