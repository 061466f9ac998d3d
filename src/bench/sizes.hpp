// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace septet::bench {

/// "8:256M:2" is 8, 16, ... up to 256 MiB; "8:256M" the same; "8,64K" is a list. At most 1000 sizes
/// of 1 byte to 1 TiB. Throws Error `argument` that names `text`.
[[nodiscard]] std::vector<std::uint64_t> parse_sizes(std::string_view text);

}  // namespace septet::bench
