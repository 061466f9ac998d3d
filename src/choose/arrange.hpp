// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "choose/eligible.hpp"

#include <optional>
#include <vector>

namespace septet {

/// Slices any of which may stand together in one plan, by GPU and index.
using Pool = SlicePointers;

/// Splits `slices` into every pool that has enough of them for `request`: of equal memory (and
/// those of equal speed within it once more), on one GPU if so asked. Requires: `slices` is by GPU
/// and index.
[[nodiscard]] std::vector<Pool> equal_pools(const SlicePointers& slices, const Request& request);

/// The same without regard to memory, for a request that allows it.
[[nodiscard]] std::vector<Pool> mixed_pools(const SlicePointers& slices, const Request& request);

/// All slices that could serve `request` if every one were free, by GPU and index.
[[nodiscard]] SlicePointers members_of_pools(const SlicePointers& slices, const Request& request);

/// The best slices for `request` in rank order, by the rules of docs/choose.md, or nothing if
/// `free` has too few. `all` are the candidates, busy or not; `unheld` is everything on the host
/// that nobody holds, for the best fit.
[[nodiscard]] std::optional<SlicePointers> arrange(const SlicePointers& free,
                                                   const SlicePointers& all,
                                                   const SlicePointers& unheld,
                                                   const Request& request);

}  // namespace septet
