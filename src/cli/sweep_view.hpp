// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/verb.hpp"
#include <septet/sweep.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace septet::cli {

/// "lr=0.1 bs=32"; control characters are shown as "?".
[[nodiscard]] std::string parameters_text(const Parameters& parameters);

/// A number as people read it: six digits at most.
[[nodiscard]] std::string number_text(double number);

/// The block that a terminal shows while a sweep runs: a bar with what is to be known, then a line
/// a slot. No line is longer than `size` is wide, and there are fewer lines than it is high: "… 12
/// more" stands for the last ones. Pure.
[[nodiscard]] std::vector<std::string> progress_lines(const SweepSight& sight,
                                                      const std::string& metric, TerminalSize size,
                                                      std::chrono::system_clock::time_point now);

/// One line for a trial that ended. Pure.
[[nodiscard]] std::string end_line(const TrialEnd& end, const SweepSight& now,
                                   const std::string& metric);

/// Shows a sweep on stderr: on a terminal a block that is drawn anew, with failures above it; else
/// a line for each trial that ends. Puts what trials wrote on stdout if asked to.
class SweepView : public SweepWatcher {
 public:
  SweepView(Context& context, std::string metric, bool print, bool quiet);
  ~SweepView() override;

  void ended(const TrialEnd& end, const SweepSight& now) override;
  void note(const std::string& line) override;
  void tick(const SweepSight& now) override;
  void paused() override;

 private:
  void clear();
  void draw(const SweepSight& now);
  void say(const std::string& line);
  [[nodiscard]] TerminalSize size() const;

  Context& context_;
  std::string metric_;
  bool print_;
  bool quiet_;
  std::vector<std::string> drawn_;  ///< The block on the terminal.
  std::chrono::steady_clock::time_point drawn_at_;
};

}  // namespace septet::cli
