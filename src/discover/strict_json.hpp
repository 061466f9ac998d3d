// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/error.hpp>

#include <nlohmann/json.hpp>

#include <concepts>
#include <cstdint>
#include <string>
#include <utility>

namespace septet {

/// The whole number in `json` (of nlohmann, ordered or not), for text that nobody vouches for:
/// nlohmann's own `get` would turn a number that is too large, or a fraction, into some other
/// number. Throws Error `argument` unless it is a whole number that `Number` can hold.
template <std::integral Number>
[[nodiscard]] Number whole_number(const auto& json) {
  if (json.is_number_unsigned() && std::in_range<Number>(json.template get<std::uint64_t>())) {
    return static_cast<Number>(json.template get<std::uint64_t>());
  }
  if (json.is_number_integer() && !json.is_number_unsigned() &&
      std::in_range<Number>(json.template get<std::int64_t>())) {
    return static_cast<Number>(json.template get<std::int64_t>());
  }
  throw Error(ErrorKind::argument,
              json.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) +
                  " is no whole number of the right size");
}

}  // namespace septet
