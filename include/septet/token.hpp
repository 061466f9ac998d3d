// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace septet {

/// The name of a meeting of ranks: 128 random bits and the host where it was made.
///
/// Whoever starts the ranks makes one and hands it to all of them; the maker need not be a rank nor
/// live on. One token makes one communicator. Plain value; any thread.
struct Token {
  std::array<std::uint64_t, 2> bits{};
  std::uint64_t host = 0;  ///< Of this boot of this host, so that a rank elsewhere is told so.

  friend auto operator<=>(const Token&, const Token&) = default;
};

/// A new one. Throws Error `system` when the kernel has no random bytes to give.
[[nodiscard]] Token random_token();

/// 48 lower-case hexadecimal digits, and back. Throws Error `argument` for any other text.
[[nodiscard]] std::string text_of(const Token& token);
[[nodiscard]] Token token_of(std::string_view text);

/// The token that all who know `parent`, `purpose` and `number` derive alike, without a message:
/// splits and shrinks of a communicator meet there.
[[nodiscard]] Token derived_token(const Token& parent, std::string_view purpose,
                                  std::uint64_t number);

}  // namespace septet
