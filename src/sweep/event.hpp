// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sweep/metrics.hpp"
#include <septet/space.hpp>
#include <septet/sweep.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace septet {

/// The first event of a sweep, written again when a changed space was asked for.
struct SweepEvent {
  std::vector<std::string> command;
  std::string space;  ///< digest_of.
  std::uint64_t trials = 0;
  std::uint64_t seed = 0;
  double at = 0;  ///< Seconds since 1970, as in all events.

  bool operator==(const SweepEvent&) const = default;
};

/// A trial is about to start.
struct StartEvent {
  int trial = 0;  ///< From 1.
  int attempt = 1;
  std::string slice;     ///< Its uuid.
  std::string position;  ///< "0:3".
  int slot = 1;          ///< From 1: which of the processes at once.
  std::uint32_t seed = 0;
  Parameters parameters;
  double at = 0;

  bool operator==(const StartEvent&) const = default;
};

/// A trial ended, or was ended.
struct EndEvent {
  int trial = 0;
  int attempt = 1;
  Outcome outcome = Outcome::done;
  int status = 0;  ///< Own exit status, or 128+n after signal n.
  Metrics metrics;
  double at = 0;

  bool operator==(const EndEvent&) const = default;
};

using Event = std::variant<SweepEvent, StartEvent, EndEvent>;

/// The time now as events have it, to the millisecond.
[[nodiscard]] double seconds_now();

/// One line of the journal, with its line end.
[[nodiscard]] std::string print_event(const Event& event);

/// The reverse. Throws Error `argument` that says what is wrong with it.
[[nodiscard]] Event parse_event(std::string_view line);

}  // namespace septet
