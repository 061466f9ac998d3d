// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/page.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace septet::cli {

/// The man page septet-VERB(1) in roff.
[[nodiscard]] std::string verb_manual(const Page& page, std::string_view version);

/// The man page septet(1) in roff.
[[nodiscard]] std::string program_manual(const Page& program, const std::vector<Page>& verbs,
                                         std::string_view version);

}  // namespace septet::cli
