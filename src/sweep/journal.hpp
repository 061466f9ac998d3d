// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sweep/event.hpp"
#include <septet/unique_fd.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace septet {

/// Calls `on_event` for each line of a journal and returns how many bytes those lines have.
///
/// A last line that does not end was being written when the machine or the process stopped: it is
/// left out. Throws Error `argument` with `source` and the line for anything else that is no event,
/// or when the first is none of a sweep.
std::size_t read_journal(std::string_view text, std::string_view source,
                         const std::function<void(Event)>& on_event);

/// What is known of one trial.
struct TrialHistory {
  std::uint64_t parameters = 0;    ///< digest_of its parameters.
  int attempts = 0;                ///< Those that ended by themselves.
  std::optional<Outcome> outcome;  ///< Of the last attempt that ended; nothing when none did.
};

/// A journal, folded to what resuming needs.
struct History {
  std::optional<SweepEvent> sweep;     ///< The last one.
  std::map<int, TrialHistory> trials;  ///< By number; those that ever started.
  int done = 0;                        ///< Trials that ended well, pruned ones included.
  int failed = 0;

  void add(const Event& event);

 private:
  void count(std::optional<Outcome> outcome, int by);
};

[[nodiscard]] std::uint64_t digest_of(const Parameters& parameters);

/// The append-only record of a sweep, locked against a second one while this object lives. What
/// was committed survives the death of the process at any moment, and of the machine.
/// One thread.
class Journal {
 public:
  /// Opens or makes `path`; a torn last line is cut off. Throws Error `unavailable` while another
  /// process has it, after waiting a moment for one that is dying, Error `argument` when it is not
  /// a journal, Error `system`.
  explicit Journal(std::filesystem::path path);

  [[nodiscard]] const History& history() const noexcept { return history_; }

  /// Adds to the history, and to what the next commit writes.
  void append(const Event& event);

  /// Writes what was appended, and waits until the disk has it. Does nothing when that is nothing.
  void commit();

 private:
  std::filesystem::path path_;
  UniqueFd file_;
  History history_;
  std::string pending_;
};

}  // namespace septet
