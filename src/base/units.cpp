// SPDX-License-Identifier: Apache-2.0
#include "base/units.hpp"

#include "base/text.hpp"
#include <septet/error.hpp>

#include <array>
#include <cmath>
#include <cstdio>
#include <optional>

namespace septet {
namespace {

/// A number with an optional fraction, and what stands behind it.
struct Quantity {
  double value;
  std::string_view rest;
};

std::optional<Quantity> leading_number(std::string_view text) {
  Quantity result{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), result.value,
                                            std::chars_format::fixed);
  if (error != std::errc{} || std::signbit(result.value) || !std::isfinite(result.value)) return {};
  result.rest = text.substr(static_cast<std::size_t>(end - text.data()));
  return result;
}

std::optional<double> bytes_in(const std::string& unit) {
  if (unit.empty() || unit == "b") return 1.0;
  constexpr std::string_view prefixes = "kmgt";
  const auto power = prefixes.find(unit.front());
  const auto tail = unit.substr(1);
  if (power == std::string_view::npos || !(tail.empty() || tail == "b" || tail == "ib")) return {};
  return std::pow(1024.0, static_cast<double>(power + 1));
}

std::optional<double> milliseconds_in(std::string_view unit) {
  if (unit == "ms") return 1.0;
  if (unit == "s" || unit.empty()) return 1e3;
  if (unit == "m") return 60e3;
  if (unit == "h") return 3600e3;
  if (unit == "d") return 86400e3;
  return {};
}

[[noreturn]] void refuse(std::string_view text, std::string_view wanted) {
  throw Error(ErrorKind::argument, "\"" + std::string(text) + "\" is not " + std::string(wanted));
}

std::string two_units(long long large, char large_unit, long long small, char small_unit) {
  std::array<char, 48> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%lld%c%02lld%c", large, large_unit, small,
                small_unit);
  return buffer.data();
}

}  // namespace

std::uint64_t parse_bytes(std::string_view text) {
  constexpr double limit = 9.2e18;
  const auto number = leading_number(trim(text));
  const auto unit = number ? bytes_in(lower(trim(number->rest))) : std::nullopt;
  if (!unit || number->value * *unit > limit) refuse(text, "a size: write 10G, 512M or 4096");
  return static_cast<std::uint64_t>(std::llround(number->value * *unit));
}

std::string format_bytes(std::uint64_t bytes) {
  constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1023.5 && unit + 1 < units.size(); ++unit) value /= 1024;
  const bool fraction = unit > 0 && value < 99.95 && value != std::floor(value);
  std::array<char, 32> buffer{};
  std::snprintf(buffer.data(), buffer.size(), fraction ? "%.1f %s" : "%.0f %s", value,
                units.at(unit));
  return buffer.data();
}

std::chrono::milliseconds parse_duration(std::string_view text) {
  constexpr std::string_view wanted = "a time: write 30s, 250ms, 5m, 2h or 1h30m";
  constexpr double limit = 1e13;
  double total = 0;
  auto rest = trim(text);
  do {
    const auto number = leading_number(rest);
    if (!number) refuse(text, wanted);
    const auto unit = number->rest.substr(0, number->rest.find_first_of("0123456789."));
    const auto scale = milliseconds_in(unit);
    if (!scale) refuse(text, wanted);
    total += number->value * *scale;
    rest = number->rest.substr(unit.size());
  } while (!rest.empty());
  if (total > limit) refuse(text, wanted);
  return std::chrono::milliseconds(std::llround(total));
}

std::string format_duration(std::chrono::milliseconds duration) {
  const long long ms = duration.count();
  const long long s = ms / 1000;
  if (ms < 1000) return std::to_string(ms) + "ms";
  if (s < 60) return std::to_string(s) + "s";
  if (s < 3600) return two_units(s / 60, 'm', s % 60, 's');
  if (s < 86400) return two_units(s / 3600, 'h', s / 60 % 60, 'm');
  return two_units(s / 86400, 'd', s / 3600 % 24, 'h');
}

}  // namespace septet
