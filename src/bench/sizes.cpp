// SPDX-License-Identifier: Apache-2.0
#include "bench/sizes.hpp"

#include "base/text.hpp"
#include "base/units.hpp"
#include <septet/error.hpp>

#include <string>

namespace septet::bench {
namespace {

constexpr std::uint64_t largest = 1024 * gibibyte;
constexpr std::size_t most_sizes = 1000;

[[noreturn]] void refuse(std::string_view text, const std::string& why) {
  throw Error(ErrorKind::argument, "sizes \"" + std::string(text) + "\": " + why +
                                       "; write FROM:TO:FACTOR, as 8:256M:2, or a list, as 8,64K");
}

std::uint64_t parse_size(std::string_view piece, std::string_view text) {
  const std::uint64_t bytes = parse_bytes(trim(piece));
  if (bytes == 0 || bytes > largest) refuse(text, "a size is from 1 byte to 1024G");
  return bytes;
}

std::vector<std::uint64_t> parse_range(std::string_view text) {
  const auto pieces = split(text, ':');
  if (pieces.size() > 3) refuse(text, "too many colons");
  const auto from = parse_size(pieces[0], text);
  const auto to = parse_size(pieces[1], text);
  const auto factor = pieces.size() == 3 ? parse_number<std::uint64_t>(trim(pieces[2])) : 2;
  if (!factor || *factor < 2 || *factor > largest) refuse(text, "the factor is a number from 2 on");
  if (from > to) refuse(text, "the first size is larger than the last");
  std::vector<std::uint64_t> sizes;
  for (auto bytes = from; bytes <= to; bytes *= *factor) {
    sizes.push_back(bytes);
    if (bytes > to / *factor) break;
  }
  return sizes;
}

}  // namespace

std::vector<std::uint64_t> parse_sizes(std::string_view text) {
  if (text.find(':') != std::string_view::npos) return parse_range(text);
  std::vector<std::uint64_t> sizes;
  for (const auto piece : split(text, ',')) sizes.push_back(parse_size(piece, text));
  if (sizes.size() > most_sizes) refuse(text, "more than 1000 sizes");
  return sizes;
}

}  // namespace septet::bench
