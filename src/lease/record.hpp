// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/lease.hpp>

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace septet {

/// The JSON of lease records and tickets, which `septet ps --json` prints too. docs/lease.md lists
/// the fields.
void to_json(nlohmann::json& json, const LeaseRecord& record);
void to_json(nlohmann::json& json, const Waiter& waiter);

/// What a holder writes into its file, with the version of the format.
[[nodiscard]] std::string print_record(const LeaseRecord& record);
[[nodiscard]] std::string print_waiter(const Waiter& waiter);

/// The reverse, for text that any user of the host may have written: nothing unless all of it is
/// as it should be. Leaves out what only the kernel can tell: `id` or `ticket` (the file's name),
/// `uid` and `user` (its owner).
[[nodiscard]] std::optional<LeaseRecord> parse_record(std::string_view text);
[[nodiscard]] std::optional<Waiter> parse_waiter(std::string_view text);

}  // namespace septet
