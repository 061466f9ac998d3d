// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/verb.hpp"
#include <septet/request.hpp>

#include <chrono>
#include <optional>

namespace septet::cli {

/// Adds the options that say which slices are wanted: -n, --memory, --profile, --slice, --gpu,
/// --same-gpu, --spread, --allow-mixed, --prefer-full.
///
/// Each but --slice is also read from SEPTET_<OPTION> (SEPTET_NUM_MIGS for -n: launch sets
/// SEPTET_SLICE and SEPTET_SLICES for other purposes). An option on the command line puts aside
/// every variable that contradicts it.
void add_request_options(CLI::App& verb);

/// What those options say, after parsing. Throws Error `usage` when two of them exclude each other,
/// naming both, and `argument` for a value that is none.
[[nodiscard]] Request request_of(const CLI::App& verb, const Context& context);

/// Adds --wait[=TIME] and --no-wait, also from SEPTET_WAIT and SEPTET_NO_WAIT.
void add_patience_options(CLI::App& verb);

/// What those say: Patience::limit. Nothing: as long as it takes, which is the default.
[[nodiscard]] std::optional<std::chrono::milliseconds> patience_of(const CLI::App& verb,
                                                                   const Context& context);

}  // namespace septet::cli
