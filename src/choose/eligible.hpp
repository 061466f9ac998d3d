// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/host.hpp>
#include <septet/plan.hpp>
#include <septet/request.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace septet {

/// Slices that somebody else owns, most often those of a Host.
using SlicePointers = std::vector<const Slice*>;

/// Throws Error `usage` when parts of `request` exclude each other, naming both.
void refuse_contradictions(const Request& request);

/// How many slices `request` asks for: as many as it names, if it names any.
[[nodiscard]] std::size_t count_of(const Request& request);

/// The order of slices everywhere: by GPU and index.
[[nodiscard]] bool is_before(const Slice* a, const Slice* b);

/// The slices of `host` on which something can run at all, by GPU and index: none of a lost, denied
/// or empty GPU, no whole GPU that is partitioned, none without memory.
[[nodiscard]] SlicePointers usable_slices(const Host& host);

/// Whether `slice` alone is what `request` asks for: its GPU, profile and memory.
[[nodiscard]] bool fits(const Slice& slice, const Request& request);

/// Whether `slice` has `asked` bytes.
///
/// Whole GiB are compared with the size that a slice is sold as, for that is what people mean: a
/// 1g.10gb has 9.5 or 9.8 GiB, an 80 GB board 79.6. Anything finer is compared with the bytes.
[[nodiscard]] bool has_memory(const Slice& slice, std::uint64_t asked);

/// Whether `slice`, or something that overlaps it, is in `busy`: the whole GPU that it lies on; for
/// a whole GPU any stand-in on it; for a stand-in those of another division of its GPU.
[[nodiscard]] bool is_taken(const Slice& slice, const Busy& busy);

}  // namespace septet
