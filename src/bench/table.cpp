// SPDX-License-Identifier: Apache-2.0
#include "bench/table.hpp"

#include "bench/statistics.hpp"

#include <fmt/format.h>

namespace septet::bench {
namespace {

constexpr auto form_format = " {:>9} {:>9} {:>9} {:>9} {:>7} {:>7} {:>6}";
constexpr std::size_t form_width = 62;
constexpr auto library_format = " | {:<25} {:>6} {:>6}";
constexpr auto path_format = " | {}";

/// As many digits as fit and mean something.
std::string number(double value) {
  if (value >= 10'000) return fmt::format("{:.0f}", value);
  return fmt::format("{:.{}f}", value, value < 10 ? 2 : 1);
}

std::string form_text(const Case& each, const std::optional<Figures>& figures, int ranks) {
  if (!figures) return fmt::format(form_format, "-", "-", "-", "-", "-", "-", "-");
  if (figures->refused) return fmt::format(" {:<61}", "n/a");
  const Rates rates = rates_of(each, *figures, ranks);
  return fmt::format(form_format, number(rates.time_us), number(rates.p50_us), number(rates.p99_us),
                     number(rates.least_us), number(rates.algorithm_bandwidth),
                     number(rates.bus_bandwidth),
                     figures->wrong ? std::to_string(*figures->wrong) : "-");
}

/// How many times as long as `first` a library took.
std::string ratio(const Row& first, const Row& row, const std::optional<Figures> Row::* form,
                  int ranks) {
  const auto& ours = first.*form;
  const auto& theirs = row.*form;
  if (!ours || !theirs || ours->refused || theirs->refused) return "";
  const double time = rates_of(row.each, *theirs, ranks).time_us;
  return fmt::format("{:.2f}", time / rates_of(first.each, *ours, ranks).time_us);
}

std::string line_of(const Row& first, const Row& row, bool several, int ranks) {
  const auto& each = row.each;
  auto line = fmt::format("{:<14} {:>11} {:>11} {:<13} {:<4}", name_of(each.collective),
                          bytes_of(each, ranks), each.count, name_of(each.type),
                          reduces(each.collective) ? name_of(each.reduction) : "-");
  line += form_text(each, row.out_of_place, ranks) + " |";
  line += form_text(each, row.in_place, ranks);
  if (several) {
    line += fmt::format(library_format, row.library, ratio(first, row, &Row::out_of_place, ranks),
                        ratio(first, row, &Row::in_place, ranks));
  }
  line += fmt::format(path_format, row.path);
  line.erase(line.find_last_not_of(" |") + 1);
  for (const auto* figures : {&row.out_of_place, &row.in_place}) {
    if (!*figures || !(*figures)->refused) continue;
    return line + "\n# " + row.library + ": n/a: " + *(*figures)->refused + "\n";
  }
  return line + "\n";
}

}  // namespace

Rates rates_of(const Case& each, const Figures& figures, int ranks) {
  const auto alone = summary_of(figures.alone);
  Rates rates{.time_us = summary_of(figures.back_to_back).median,
              .p50_us = alone.median,
              .p99_us = alone.p99,
              .least_us = alone.least};
  const auto bytes = static_cast<double>(bytes_of(each, ranks));
  if (rates.time_us > 0) rates.algorithm_bandwidth = bytes / rates.time_us / 1e3;
  rates.bus_bandwidth = rates.algorithm_bandwidth * bus_factor(each.collective, ranks);
  return rates;
}

std::string heading(bool several_libraries) {
  const auto names =
      fmt::format(form_format, "time", "p50", "p99", "min", "algbw", "busbw", "#wrong");
  const auto units = fmt::format(form_format, "us", "us", "us", "us", "GB/s", "GB/s", "");
  constexpr auto key = "{:<14} {:>11} {:>11} {:<13} {:<4}";
  const auto above = fmt::format(key, "#", "", "", "", "");
  auto text = fmt::format("{} {:^{}} | {:^{}}\n", above, "out of place", form_width - 1, "in place",
                          form_width - 1);
  text += fmt::format(key, "# operation", "bytes", "count", "type", "op") + names + " |" + names;
  if (several_libraries) text += fmt::format(library_format, "library", "x out", "x in");
  return text + fmt::format(path_format, "path") + "\n" + above + units + " |" + units + "\n";
}

std::string text_of(const std::vector<Row>& rows, int ranks) {
  std::string text;
  for (const auto& row : rows) text += line_of(rows.front(), row, rows.size() > 1, ranks);
  return text;
}

}  // namespace septet::bench
