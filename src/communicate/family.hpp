// SPDX-License-Identifier: Apache-2.0
// Which ranks make up the communicators that come of another one.
#pragma once

#include <septet/communicator.hpp>

#include <cstdint>
#include <optional>
#include <span>

namespace septet {

/// What each rank says of itself in a split.
struct Choice {
  std::int64_t color = 0;
  std::int32_t has_color = 0;
  std::int32_t key = 0;
};

[[nodiscard]] Choice choice_of(std::optional<int> color, int key);

/// The membership of the rank of `parent` in split number `number`, given everybody's choices, by
/// rank. Nothing when it chose no color.
[[nodiscard]] std::optional<Membership> split_membership(const Membership& parent,
                                                         std::uint64_t number,
                                                         std::span<const Choice> choices);

/// Its membership in shrink number `number`. Throws Error `argument` when `excluded` is empty, or
/// names this rank or none.
[[nodiscard]] Membership shrink_membership(const Membership& parent, std::uint64_t number,
                                           std::span<const int> excluded);

}  // namespace septet
