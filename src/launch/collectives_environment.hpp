// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/collectives.hpp>
#include <septet/environment.hpp>
#include <septet/host.hpp>

#include <vector>

namespace septet {

/// `collectives.from`, decided for programs on `slices`: never `fitting`. Pure.
[[nodiscard]] CollectivesFrom decided(const Collectives& collectives,
                                      const std::vector<Slice>& slices);

/// Has programs started with `environment` get their collectives from where `collectives` says.
/// `slices` are those of all programs that may speak to each other.
///
/// Septet's: LD_AUDIT, behind what is there, and SEPTET_NCCL. NCCL's: the variables that it needs
/// for several ranks on a GPU, none that is set already. What an earlier call set for Septet's is
/// taken out first. A choice other than `fitting` is handed on in SEPTET_COLLECTIVES. Pure.
/// Requires: libraries for `septet`.
void set_collectives(Environment& environment, const Collectives& collectives,
                     const std::vector<Slice>& slices);

}  // namespace septet
