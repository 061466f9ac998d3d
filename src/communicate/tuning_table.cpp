// SPDX-License-Identifier: Apache-2.0
#include "communicate/tuning_table.hpp"

#include "base/text.hpp"
#include "base/units.hpp"
#include <septet/communicator.hpp>
#include <septet/error.hpp>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace septet {
namespace {

constexpr std::string_view heading = "septet-tuning 1";
constexpr std::string_view usual = "-";

/// Without where: parse_tuning adds that.
Error mistake(const std::string& text) { return {ErrorKind::argument, text}; }

[[noreturn]] void refuse(std::string_view word, const std::string& remedy) {
  throw mistake("\"" + std::string(word) + "\": " + remedy);
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  constexpr std::string_view blanks = " \t\r";
  line = line.substr(0, line.find('#'));
  for (auto at = line.find_first_not_of(blanks); at != std::string_view::npos;) {
    const auto end = std::min(line.find_first_of(blanks, at), line.size());
    words.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(blanks, end);
  }
  return words;
}

BufferPlace parse_place(std::string_view word) {
  if (word == "host") return BufferPlace::host;
  if (word == "device") return BufferPlace::device;
  refuse(word, "buffers are on the host or on the device: write one of the two words");
}

int parse_ranks(std::string_view word) {
  const auto ranks = parse_number<int>(word);
  if (ranks && *ranks >= 2 && *ranks <= max_ranks) return *ranks;
  refuse(word, "give a number of ranks from 2 to " + std::to_string(max_ranks));
}

std::uint64_t parse_from(std::string_view word) {
  std::uint64_t unit = 1;
  auto digits = word;
  for (const auto& [letter, bytes] :
       {std::pair{'K', kibibyte}, std::pair{'M', mebibyte}, std::pair{'G', gibibyte}}) {
    if (!word.ends_with(letter)) continue;
    digits.remove_suffix(1);
    unit = bytes;
  }
  const auto number = parse_number<std::uint64_t>(digits);
  if (number && *number <= (std::uint64_t{1} << 40) / unit) return *number * unit;
  refuse(word, "give bytes, as 0, 16K or 4M, up to 1024G");
}

Hops parse_hops(std::string_view word) {
  if (word == usual) return Hops::automatic;
  if (word == "one") return Hops::one;
  if (word == "two") return Hops::two;
  if (word == "packets") return Hops::packets;
  refuse(word, "hops are one, two, packets or -");
}

std::size_t parse_chunk(std::string_view word) {
  if (word == usual) return 0;
  const auto chunk = parse_number<std::size_t>(word);
  if (chunk && *chunk >= least_chunk_kib && *chunk <= most_chunk_kib) return *chunk * kibibyte;
  refuse(word, "give a chunk of " + std::to_string(least_chunk_kib) + " to " +
                   std::to_string(most_chunk_kib) + " KiB, or -");
}

ReduceOn parse_reduce(std::string_view word) {
  if (word == usual) return ReduceOn::automatic;
  if (word == "device") return ReduceOn::device;
  if (word == "host") return ReduceOn::host;
  refuse(word, "reduce on host, device or -");
}

Blocks parse_some_blocks(std::string_view word) {
  if (word == usual) return {};
  if (const auto blocks = parse_blocks(word)) return *blocks;
  refuse(word, "give three numbers of blocks from 1 to 64, e.g. 4,4,4, or -");
}

TuningLine parse_line(const std::vector<std::string_view>& words) {
  constexpr std::size_t columns = 7;
  if (words.size() != columns) {
    throw mistake(std::to_string(words.size()) +
                  " words: a line has 7: buffers, ranks, from, hops, chunk, reduce, blocks");
  }
  const TuningLine line{.buffers = parse_place(words[0]),
                        .ranks = parse_ranks(words[1]),
                        .from_bytes = parse_from(words[2]),
                        .manner = {.hops = parse_hops(words[3]),
                                   .chunk_bytes = parse_chunk(words[4]),
                                   .reduce_on = parse_reduce(words[5]),
                                   .blocks = parse_some_blocks(words[6])}};
  const bool of_devices = line.manner.reduce_on != ReduceOn::automatic || words[6] != usual ||
                          line.manner.hops == Hops::packets;
  if (line.buffers == BufferPlace::host && of_devices) {
    throw mistake(
        "packets, reduce and blocks are of device buffers: of buffers on the host write one, two "
        "or -, and - -");
  }
  return line;
}

/// Lines are for the same calls when nothing but the manner differs.
bool is_same_place(const TuningLine& one, const TuningLine& other) {
  return one.buffers == other.buffers && one.ranks == other.ranks &&
         one.from_bytes == other.from_bytes;
}

void add_line(TuningTable& table, std::string_view text, bool& has_heading) {
  const auto words = words_of(text);
  if (words.empty()) return;
  if (!std::exchange(has_heading, true)) {
    if (words.size() == 2 && words[0] == "septet-tuning" && words[1] == "1") return;
    throw mistake("a table begins with the line \"" + std::string(heading) +
                  "\": write one with septet bench --tune");
  }
  const auto line = parse_line(words);
  const auto is_same = [&](const TuningLine& other) { return is_same_place(line, other); };
  if (std::ranges::any_of(table, is_same)) {
    throw mistake("there is a line for these buffers, ranks and bytes already: keep one");
  }
  table.push_back(line);
}

std::string size_text(std::uint64_t bytes) {
  for (const auto& [letter, unit] :
       {std::pair{"G", gibibyte}, std::pair{"M", mebibyte}, std::pair{"K", kibibyte}}) {
    if (bytes >= unit && bytes % unit == 0) return std::to_string(bytes / unit) + letter;
  }
  return std::to_string(bytes);
}

std::string blocks_text(const Blocks& blocks) {
  if (blocks == Blocks{}) return std::string(usual);
  return std::to_string(blocks.publish) + "," + std::to_string(blocks.reduce) + "," +
         std::to_string(blocks.collect);
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text + " ";
}

}  // namespace

std::optional<Blocks> parse_blocks(std::string_view text) {
  const auto pieces = split(text, ',');
  if (pieces.size() != 3) return {};
  std::array<std::uint32_t, 3> counts{};
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const auto count = parse_number<std::uint32_t>(pieces[i]);
    if (!count || *count < 1 || *count > 64) return {};
    counts[i] = *count;
  }
  return Blocks{.publish = counts[0], .reduce = counts[1], .collect = counts[2]};
}

TuningTable parse_tuning(std::string_view text, const std::string& name) {
  TuningTable table;
  bool has_heading = false;
  std::size_t number = 0;
  for (const auto line : split(text, '\n')) {
    ++number;
    try {
      add_line(table, line, has_heading);
    } catch (const Error& error) {
      throw mistake(name + ":" + std::to_string(number) + ": " + error.what());
    }
  }
  if (has_heading) return table;
  throw mistake(name + ": is empty: write a table with septet bench --tune " + name);
}

std::string_view tuning_heading() noexcept { return heading; }

std::string text_of(const TuningLine& line) {
  constexpr std::array<const char*, 4> hops{"-", "one", "two", "packets"};
  constexpr std::array<const char*, 3> reduce{"-", "device", "host"};
  const auto& manner = line.manner;
  const auto chunk =
      manner.chunk_bytes == 0 ? std::string(usual) : std::to_string(manner.chunk_bytes / kibibyte);
  return padded(line.buffers == BufferPlace::host ? "host" : "device", 7) +
         padded(std::to_string(line.ranks), 5) + padded(size_text(line.from_bytes), 6) +
         padded(hops[static_cast<std::size_t>(manner.hops)], 4) + padded(chunk, 5) +
         padded(reduce[static_cast<std::size_t>(manner.reduce_on)], 6) + blocks_text(manner.blocks);
}

TuningTable lines_for(const TuningTable& table, BufferPlace buffers, int ranks) {
  TuningTable lines;
  std::ranges::copy_if(table, std::back_inserter(lines), [&](const TuningLine& line) {
    return line.buffers == buffers && line.ranks == ranks;
  });
  std::ranges::sort(lines, {}, &TuningLine::from_bytes);
  if (lines.empty() || lines.front().from_bytes != 0) {
    lines.insert(lines.begin(),
                 {.buffers = buffers, .ranks = ranks, .from_bytes = 0, .manner = {}});
  }
  return lines;
}

const TuningLine& line_of(std::span<const TuningLine> lines, std::uint64_t bytes) {
  const auto after = std::ranges::upper_bound(lines, bytes, {}, &TuningLine::from_bytes);
  return *std::prev(after);
}

}  // namespace septet
