// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/bench_document.hpp"

#include <filesystem>

namespace septet::cli {

/// Throws Error `argument` when `file` is there and no table: nothing is measured in vain.
void require_table(const std::filesystem::path& file);

/// Puts what `document` found to be fastest into the table `file`: lines for other buffers and
/// numbers of ranks stay. Throws Error `argument` when there is something else in it, `system`.
void write_tuning(const std::filesystem::path& file, const BenchDocument& document);

}  // namespace septet::cli
