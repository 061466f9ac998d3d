// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace septet {

/// A number of this boot of this host, alike in all its containers: a digest of the kernel's boot
/// id, or of the host name where /proc is hidden. Never zero.
[[nodiscard]] std::uint64_t this_host();

}  // namespace septet
