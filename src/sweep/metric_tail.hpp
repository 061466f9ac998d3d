// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sweep/metrics.hpp"
#include "sweep/trial.hpp"
#include <septet/unique_fd.hpp>

#include <sys/types.h>

#include <array>
#include <filesystem>
#include <functional>

namespace septet {

/// Follows what a trial reports, on stdout and in its metrics file, while it runs and after.
class MetricTail {
 public:
  explicit MetricTail(const TrialFiles& files);

  /// Reads what came since the last call and calls `on_point` for each report.
  void read(const std::function<void(const Point&)>& on_point);

  /// The last call: lines that do not end count too.
  void finish(const std::function<void(const Point&)>& on_point);

 private:
  struct Source {
    std::filesystem::path path;
    UniqueFd file;  ///< Opened once it is there.
    LineFeed lines;
  };
  std::array<Source, 2> sources_;
};

}  // namespace septet
