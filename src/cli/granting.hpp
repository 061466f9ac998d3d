// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/verb.hpp"
#include <septet/lease.hpp>

#include <string>
#include <vector>

namespace septet::cli {

/// Leases what `request` asks for, for `command`, as patiently as the options of `verb` say, and
/// tells on stderr what it waits for and what it got, unless `quiet`. Has the MPS daemons run that
/// stand-ins need, as long as the lease. Throws Error `unavailable` when the time is over.
[[nodiscard]] Lease grant(const CLI::App& verb, Context& context, Driver& driver,
                          const Request& request, const std::string& command, bool quiet);

/// "0:0 0:1 0:3 (1g.10gb)": where slices are, and what they are when that is one thing.
[[nodiscard]] std::string places_of(const std::vector<Slice>& slices);

}  // namespace septet::cli
