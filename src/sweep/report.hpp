// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sweep/results.hpp"
#include <septet/sweep.hpp>

#include <string>

namespace septet {

/// One HTML page that needs nothing else: learning curves, parallel coordinates, importance of
/// parameters, a timeline of the slices, failures with their last lines. Reads the trials' files
/// for curves and last lines; bounded whatever they hold.
[[nodiscard]] std::string print_report(const Results& results, const Sweep& sweep);

}  // namespace septet
