// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/holders.hpp"
#include "cli/table.hpp"
#include <septet/host.hpp>

#include <string>

namespace septet::cli {

/// What `septet list` prints for people: a line for each GPU, its slices below, a sum at the end.
///
/// If the table would not fit `look.width`, UUIDs are cut to a beginning that names one slice,
/// which every verb takes; in the middle where only their ends differ. Never with `wide`, which
/// adds the instance ids as well.
[[nodiscard]] std::string list_table(const Host& host, const Holders& holders, const Look& look,
                                     bool wide);

}  // namespace septet::cli
