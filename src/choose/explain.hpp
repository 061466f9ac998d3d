// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "choose/candidates.hpp"
#include <septet/error.hpp>

#include <string>

namespace septet {

/// "4 x 1g.10gb (9.5 GiB) on GPU 0, whole GPU 1 (79.6 GiB)". Requires: by GPU and index.
[[nodiscard]] std::string grouped(const SlicePointers& slices);

/// One sentence: what was chosen for `request`, and why this of `candidates`.
[[nodiscard]] std::string reason_for(const SlicePointers& chosen, const Candidates& candidates,
                                     const Request& request);

/// The Error `device` for a request that can never be met: what was asked, what the host does have,
/// and which changes of the request would do.
[[nodiscard]] Error never_met(const Host& host, const Request& request);

}  // namespace septet
