// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/space.hpp>

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

namespace septet {

/// The members of one JSON object on one line, in their order, as text: strings without quotes,
/// numbers as they are written ("1e-3" stays "1e-3"), true, false, and nothing for null. Throws
/// Error `argument` that starts with `place` for anything else, objects and arrays within included.
[[nodiscard]] Parameters parse_flat_object(std::string_view line, const std::string& place);

/// Any bytes as JSON: text when they are UTF-8, else {"hex": "…"}. `bytes_of` reads it back and
/// throws nlohmann::json::exception on anything else.
[[nodiscard]] nlohmann::ordered_json json_of_bytes(const std::string& bytes);
[[nodiscard]] std::string bytes_of(const nlohmann::ordered_json& value);

/// A parameter's value for programs to read: a number when JSON would write it as one that reads
/// back the same, else what json_of_bytes makes of it.
[[nodiscard]] nlohmann::ordered_json json_of_value(const std::string& value);

}  // namespace septet
