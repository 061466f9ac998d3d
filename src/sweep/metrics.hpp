// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/sweep.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace septet {

/// What a trial told of one metric over its steps. Not a number (NaN) is a value too: a training
/// that diverged says so.
struct Metric {
  double last = 0;
  double least = 0;     ///< Of the numbers; NaN when there was none.
  double greatest = 0;  ///< The same.

  bool operator==(const Metric&) const = default;
};

using Metrics = std::map<std::string, Metric, std::less<>>;

/// One line that a trial reported: {"step": 10, "loss": 0.3}.
struct Point {
  std::optional<double> step;
  std::map<std::string, double, std::less<>> values;  ///< At least one.

  bool operator==(const Point&) const = default;
};

/// A line as a point, or nothing when it is not a JSON object with a number in it. NaN, Infinity
/// and -Infinity, which Python writes, are taken as NaN; text, lists and nested objects are passed
/// over.
[[nodiscard]] std::optional<Point> parse_point(std::string_view line);

void add_point(Metrics& metrics, const Point& point);

/// Lines out of pieces of a stream. A line longer than 64 KiB is no report and is passed over.
class LineFeed {
 public:
  static constexpr std::size_t longest_line = 65'536;

  /// Calls `on_line` for every line that `piece` completes.
  void feed(std::string_view piece, const std::function<void(std::string_view)>& on_line);

  /// Calls it for what stands after the last line end, if anything.
  void finish(const std::function<void(std::string_view)>& on_line);

 private:
  std::string partial_;
  bool too_long_ = false;
};

/// The value that counts, or nothing when the trial did not report the metric.
[[nodiscard]] std::optional<double> score_of(const Metrics& metrics, const Ranking& ranking);

/// Whether score `a` is better than `b`: a number beats NaN, and NaN beats nothing.
[[nodiscard]] bool is_better(std::optional<double> a, std::optional<double> b, Goal goal);

}  // namespace septet
