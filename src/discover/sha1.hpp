// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace septet {

/// The SHA-1 digest of `bytes` (FIPS 180-4). For version 5 UUIDs (RFC 9562), not for security.
[[nodiscard]] std::array<std::uint8_t, 20> sha1(std::string_view bytes);

}  // namespace septet
