// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/host.hpp>

#include <nlohmann/json_fwd.hpp>

namespace septet {

/// The JSON of `septet list --json` and of lease records: enumerators by their own words, bytes as
/// numbers, null where untold. docs/json.md lists every field.
void to_json(nlohmann::json& json, const Slice& slice);
void to_json(nlohmann::json& json, const Gpu& gpu);
void to_json(nlohmann::json& json, const Host& host);

/// The reverse, for lease records, which nobody vouches for. Throws nlohmann::json::exception or
/// Error `argument` on a wrong field.
void from_json(const nlohmann::json& json, Slice& slice);

}  // namespace septet
