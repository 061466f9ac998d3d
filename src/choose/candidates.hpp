// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "choose/eligible.hpp"

namespace septet {

/// What could ever serve a request. Both by GPU and index; either may be empty.
struct Candidates {
  SlicePointers slices;  ///< As many of these as were asked for will do.
  SlicePointers whole;  ///< One of these alone will do: whole GPUs for a request that prefers them.
};

/// What of `host` could ever serve `request`, free or not. Throws Error `usage` for a request that
/// contradicts itself, and `device` for a name that the host does not have.
[[nodiscard]] Candidates find_candidates(const Host& host, const Request& request);

}  // namespace septet
