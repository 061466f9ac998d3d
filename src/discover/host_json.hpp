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

/// The reverse, for lease records. Throws nlohmann::json::exception on a wrong field.
void from_json(const nlohmann::json& json, Slice& slice);

}  // namespace septet
