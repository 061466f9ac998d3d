// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/contest.hpp"
#include "bench/resources.hpp"

#include <nlohmann/json_fwd.hpp>

namespace septet::bench {

/// A row with its rates and raw samples; docs/bench.md lists the fields.
[[nodiscard]] nlohmann::ordered_json to_json(const Row& row, int ranks);

[[nodiscard]] nlohmann::ordered_json to_json(const Resources& resources);

/// Wrong elements of a row in that form.
[[nodiscard]] std::uint64_t wrong_in(const nlohmann::ordered_json& row);

}  // namespace septet::bench
