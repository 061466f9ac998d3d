// SPDX-License-Identifier: Apache-2.0
#include "sweep/draw.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace septet {
namespace {

constexpr double ln2 = 0.6931471805599453;

/// Source: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014.
std::uint64_t mix(std::uint64_t bits) {
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9U;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebU;
  return bits ^ (bits >> 31);
}

/// From 0 up to, without, 1: the 53 bits that a double holds.
double unit_interval(std::uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1p-53; }

/// ln of a positive number: x = m * 2^e, and ln m = 2 artanh((m - 1) / (m + 1)) as its series,
/// which ends below the last bit for m in [1/2, 1).
double portable_log(double x) {
  int exponent = 0;
  const double mantissa = std::frexp(x, &exponent);
  const double t = (mantissa - 1) / (mantissa + 1);
  const double t2 = t * t;
  double sum = 0;
  for (int k = 35; k >= 1; k -= 2) sum = sum * t2 + 1.0 / k;
  return 2 * t * sum + exponent * ln2;
}

/// e to the x: x = k ln 2 + r, and e^r as its series for |r| <= ln 2 / 2.
double portable_exp(double x) {
  const double k = std::floor(x / ln2 + 0.5);
  const double r = x - k * ln2;
  double sum = 1;
  for (int n = 18; n >= 1; --n) sum = sum * r / n + 1;
  return std::ldexp(sum, static_cast<int>(k));
}

/// A number below `count`, each alike: multiples that do not fit whole are drawn again.
std::uint64_t below(std::uint64_t count, std::uint64_t bits) {
  const std::uint64_t unfair = (0 - count) % count;  // 2^64 mod count.
  while (bits < unfair) bits = mix(bits + 0x9e3779b97f4a7c15U);
  return bits % count;
}

std::string shortest(double value) {
  std::array<char, 64> buffer{};
  return {buffer.data(), std::to_chars(buffer.begin(), buffer.end(), value).ptr};
}

/// Six digits say enough of a setting, and they hide what is left of rounding.
std::string six_digits(double value, double low, double high) {
  std::array<char, 64> buffer{};
  const auto end =
      std::to_chars(buffer.begin(), buffer.end(), value, std::chars_format::general, 6).ptr;
  double read = 0;
  std::from_chars(buffer.data(), end, read);
  if (read < low || read > high) return shortest(std::clamp(read, low, high));
  return {buffer.data(), end};
}

std::string draw_integer(double low, double high, std::uint64_t bits) {
  const auto first = static_cast<std::int64_t>(low);
  const auto count = static_cast<std::uint64_t>(static_cast<std::int64_t>(high) - first) + 1;
  return std::to_string(first + static_cast<std::int64_t>(below(count, bits)));
}

}  // namespace

std::uint64_t random_bits(std::uint64_t seed, std::string_view stream, std::uint64_t index) {
  Digest name;
  name.add(stream);
  constexpr std::uint64_t golden = 0x9e3779b97f4a7c15U;
  return mix(mix(mix(seed + golden) ^ name.value()) + golden * (index + 1));
}

std::string draw(const RandomParameter& parameter, std::uint64_t seed, std::uint64_t index) {
  const auto bits = random_bits(seed, parameter.name, index);
  const double low = parameter.low;
  const double high = parameter.high;
  switch (parameter.law) {
    case Law::uniform:
      return six_digits(low + (high - low) * unit_interval(bits), low, high);
    case Law::loguniform: {
      const double start = portable_log(low);
      const double width = portable_log(high) - start;
      return six_digits(portable_exp(start + width * unit_interval(bits)), low, high);
    }
    case Law::randint:
      return draw_integer(low, high, bits);
    case Law::choice:
      return parameter.choices[below(parameter.choices.size(), bits)];
  }
  return {};
}

void Digest::add(std::string_view piece) {
  add(piece.size());
  for (const char c : piece) add_byte(static_cast<unsigned char>(c));
}

void Digest::add(std::uint64_t number) {
  for (int shift = 0; shift < 64; shift += 8) add_byte(static_cast<unsigned char>(number >> shift));
}

void Digest::add_byte(unsigned char byte) { value_ = (value_ ^ byte) * 0x100000001b3U; }

}  // namespace septet
