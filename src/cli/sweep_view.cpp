// SPDX-License-Identifier: Apache-2.0
#include "cli/sweep_view.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/table.hpp"
#include "sweep/trial.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <ostream>
#include <utility>

namespace septet::cli {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

constexpr int bar_width = 24;
constexpr std::chrono::milliseconds draw_every{100};

std::string bar(const SweepSight& sight) {
  const auto ended = sight.done + sight.failed;
  const auto filled = static_cast<std::size_t>(
      sight.trials > 0 ? std::int64_t{bar_width} * ended / sight.trials : 0);
  return "[" + std::string(filled, '#') + std::string(bar_width - filled, '.') + "]";
}

/// Running ones count half: some have just begun, some are nearly done.
std::string time_left(const SweepSight& sight) {
  if (sight.average.count() == 0 || sight.slots.empty()) return "";
  const auto halves = 2 * sight.waiting + sight.running;
  const auto left = sight.average * halves / (2 * static_cast<int>(sight.slots.size()));
  return ", about " + format_duration(left) + " left";
}

std::string metric_text(const std::string& metric, std::optional<double> value) {
  return value ? metric + " " + number_text(*value) : "";
}

std::string slot_line(const SlotSight& slot, const std::string& metric,
                      std::chrono::system_clock::time_point now) {
  const auto head = fmt::format("  {:<6} ", slot.position);
  if (slot.trial == 0) return head + "idle";
  const auto age = duration_cast<milliseconds>(now - slot.since);
  return head + fmt::format("trial {:<6} {:>7}  {}  {}", slot.trial,
                            format_duration(std::max(age, milliseconds(0))),
                            metric_text(metric, slot.metric), parameters_text(slot.parameters));
}

/// How an attempt ended, in words.
std::string how(const TrialEnd& end) {
  std::string text(name_of(end.outcome));
  if (end.outcome == Outcome::timed_out) text = "timed out";
  if (end.outcome == Outcome::lost) text = "lost its slice";
  if (end.outcome == Outcome::failed) text += " with status " + std::to_string(end.status);
  if (end.attempt > 1) text += ", attempt " + std::to_string(end.attempt);
  return end.again ? text + ", runs again" : text;
}

/// How many rows of the terminal the lines take. Should it have become narrower since they were
/// drawn, it has wrapped them.
std::size_t rows_taken(const std::vector<std::string>& lines, TerminalSize size) {
  const auto columns = static_cast<std::size_t>(std::max(size.columns, 1));
  std::size_t rows = 0;
  for (const auto& line : lines) {
    const auto width = static_cast<std::size_t>(display_width(line));
    rows += std::max<std::size_t>(1, (width + columns - 1) / columns);
  }
  return rows;
}

}  // namespace

std::string parameters_text(const Parameters& parameters) {
  std::string text;
  for (const auto& each : parameters) {
    if (!text.empty()) text += " ";
    text += each.name + "=" + each.value;
  }
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 32 || c == 127; };
  std::ranges::replace_if(text, is_control, '?');
  return text;
}

std::string number_text(double number) {
  return std::isnan(number) ? "nan" : fmt::format("{:.6g}", number);
}

std::vector<std::string> progress_lines(const SweepSight& sight, const std::string& metric,
                                        TerminalSize size,
                                        std::chrono::system_clock::time_point now) {
  auto head = fmt::format("{} {}/{} done", bar(sight), sight.done, sight.trials);
  if (sight.failed > 0) head += fmt::format(", {} failed", sight.failed);
  head += fmt::format(", {} running", sight.running) + time_left(sight);
  if (sight.best) {
    head +=
        fmt::format(", best {} {} (trial {})", metric, number_text(*sight.best), sight.best_trial);
  }
  // The last line of the terminal stays free for the cursor, the last column against wrapping.
  const int columns = std::max(size.columns - 1, 1);
  std::vector<std::string> lines{shorten(head, columns)};
  const auto room = static_cast<std::size_t>(std::max(size.rows - 2, 1));
  const bool fits = sight.slots.size() <= room;
  for (std::size_t i = 0; i < (fits ? sight.slots.size() : room - 1); ++i) {
    lines.push_back(shorten(slot_line(sight.slots[i], metric, now), columns));
  }
  if (!fits) {
    lines.push_back(shorten(fmt::format("  … {} more", sight.slots.size() - room + 1), columns));
  }
  return lines;
}

std::string end_line(const TrialEnd& end, const SweepSight& now, const std::string& metric) {
  auto line = fmt::format("[{}/{}] trial {} {} in {} on {}: {}", now.done + now.failed, now.trials,
                          end.trial, how(end), format_duration(end.took), end.position,
                          parameters_text(end.parameters));
  if (end.metric) line += "; " + metric_text(metric, end.metric);
  return line;
}

SweepView::SweepView(Context& context, std::string metric, bool print, bool quiet)
    : context_(context), metric_(std::move(metric)), print_(print), quiet_(quiet) {}

SweepView::~SweepView() { clear(); }

void SweepView::ended(const TrialEnd& end, const SweepSight& now) {
  if (print_) {
    clear();
    context_.out << try_read_file(TrialFiles{end.folder}.out()).value_or("") << std::flush;
  }
  const bool is_news = end.outcome != Outcome::done || !context_.err_is_terminal;
  if (is_news) say(end_line(end, now, metric_));
  if (is_failure(end.outcome) && !quiet_) {
    for (const auto& line : last_lines({end.folder}, 3)) say("  " + line);
  }
  // Trials may end faster than a terminal can be drawn.
  if (drawn_.empty() || std::chrono::steady_clock::now() - drawn_at_ >= draw_every) draw(now);
}

void SweepView::note(const std::string& line) { say(line); }

void SweepView::tick(const SweepSight& now) { draw(now); }

void SweepView::say(const std::string& line) {
  if (quiet_) return;
  clear();
  context_.err << "septet: " << line << std::endl;
}

/// Leaves the block where it is: a shell writes below it now.
void SweepView::paused() { drawn_.clear(); }

TerminalSize SweepView::size() const { return context_.err_size().value_or(TerminalSize{}); }

void SweepView::clear() {
  if (drawn_.empty()) return;
  context_.err << "\x1b[" << rows_taken(drawn_, size()) << "A\x1b[J" << std::flush;
  drawn_.clear();
}

void SweepView::draw(const SweepSight& now) {
  if (quiet_ || !context_.err_is_terminal) return;
  clear();
  drawn_ = progress_lines(now, metric_, size(), std::chrono::system_clock::now());
  for (const auto& line : drawn_) context_.err << line << '\n';
  context_.err << std::flush;
  drawn_at_ = std::chrono::steady_clock::now();
}

}  // namespace septet::cli
