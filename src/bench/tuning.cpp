// SPDX-License-Identifier: Apache-2.0
#include "bench/tuning.hpp"

#include "base/text.hpp"
#include "base/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

namespace septet::bench {
namespace {

constexpr double worth_a_change = 0.95;

/// More than these many bytes are never faster in one hop, in which each rank reads all.
constexpr std::uint64_t most_in_one_hop = 256 * kibibyte;

/// The second line of a table, for people.
constexpr std::string_view columns = "# buffers ranks from hops chunk reduce blocks";

/// Candidates by name, with what they took.
using Times = std::map<std::string, double>;

Candidate on_host(std::string name, Hops hops, std::size_t chunk_kib) {
  Candidate candidate{std::move(name), {}};
  candidate.manner.hops = hops;
  candidate.manner.chunk_bytes = chunk_kib * kibibyte;
  if (hops == Hops::one) candidate.most_bytes = most_in_one_hop;
  return candidate;
}

std::vector<Candidate> host_candidates() {
  return {on_host("usual", Hops::automatic, 0), on_host("one hop", Hops::one, 0),
          on_host("32K", Hops::two, 32),        on_host("64K", Hops::two, 64),
          on_host("128K", Hops::two, 128),      on_host("256K", Hops::two, 256)};
}

Candidate on_device(std::string name, std::size_t chunk_kib, ReduceOn reduce_on, Blocks blocks) {
  return {std::move(name),
          {.hops = Hops::two,
           .chunk_bytes = chunk_kib * kibibyte,
           .reduce_on = reduce_on,
           .blocks = blocks}};
}

/// What packets do not hold is not tried: the ring is.
Candidate by_packets(std::string name, Hops hops, Path path) {
  Candidate candidate{std::move(name), {}, UINT64_MAX, path};
  candidate.manner.hops = hops;
  return candidate;
}

std::vector<Candidate> device_candidates() {
  using enum ReduceOn;
  return {{"usual", {}},
          by_packets("packets", Hops::one, Path::packets),
          by_packets("packets twice", Hops::packets, Path::packets_two_phases),
          on_device("device 32K", 32, device, {}),
          on_device("device 128K", 128, device, {}),
          on_device("device 512K", 512, device, {}),
          on_device("device few", 128, device, {.publish = 2, .reduce = 4, .collect = 4}),
          on_device("device many", 128, device, {.publish = 8, .reduce = 16, .collect = 16}),
          on_device("host 64K", 64, host, {}),
          on_device("host 128K", 128, host, {}),
          on_device("host 256K", 256, host, {}),
          on_device("host many", 128, host, {.publish = 6, .reduce = 1, .collect = 8})};
}

std::string fastest_of(const Times& times) {
  return std::ranges::min_element(times, {}, [](const auto& each) { return each.second; })->first;
}

/// `before`, unless another is faster by more than noise.
std::string chosen(const Times& times, const std::string& before) {
  const auto fastest = fastest_of(times);
  const auto held = times.find(before);
  if (held == times.end()) return fastest;
  return times.at(fastest) < worth_a_change * held->second ? fastest : before;
}

/// "64 KiB: 41.0 us (usual 51.2)".
std::string figures_of(std::uint64_t bytes, const Times& times, const std::string& choice) {
  std::string text = format_bytes(bytes) + ": " + fmt::format("{:.1f}", times.at(choice)) + " us";
  const auto usual = times.find("usual");
  if (choice == "usual" || usual == times.end()) return text;
  return text + fmt::format(" (usual {:.1f})", usual->second);
}

std::uint64_t between(std::uint64_t one, std::uint64_t other) {
  const double mean = std::sqrt(static_cast<double>(one) * static_cast<double>(other));
  const auto bytes = static_cast<std::uint64_t>(mean);
  return bytes < kibibyte ? bytes : bytes / kibibyte * kibibyte;
}

Manner manner_of(const std::string& name, BufferPlace buffers) {
  const auto all = candidates_for(buffers);
  return std::ranges::find(all, name, &Candidate::name)->manner;
}

/// Where the comment above a section begins.
std::string section_name(const TuningLine& line) {
  const auto* place = line.buffers == BufferPlace::host ? "host" : "device";
  return fmt::format("# {} {}:", place, line.ranks);
}

bool is_of(std::string_view text, const TuningLine& section) {
  if (text.starts_with(section_name(section))) return true;
  const auto table = parse_tuning(std::string(tuning_heading()) + "\n" + std::string(text), "");
  return !table.empty() && table.front().buffers == section.buffers &&
         table.front().ranks == section.ranks;
}

/// The lines of a table but for its two headings and those of the section.
std::string without(const std::string& text, const std::string& name, const TuningLine& section) {
  if (text.empty()) return {};
  static_cast<void>(parse_tuning(text, name));
  std::string kept;
  for (const auto line : split(text, '\n')) {
    const bool drop = line.starts_with(tuning_heading()) || line == columns || trim(line).empty();
    if (!drop && !is_of(line, section)) kept += std::string(line) + "\n";
  }
  return kept;
}

}  // namespace

std::vector<Candidate> candidates_for(BufferPlace buffers) {
  return buffers == BufferPlace::host ? host_candidates() : device_candidates();
}

Way way_of(const Candidate& candidate, BufferPlace buffers, int ranks) {
  Way way{.name = candidate.name,
          .path = candidate.path,
          .most_bytes = candidate.most_bytes,
          .manner = candidate.manner};
  way.settings.path = Path::automatic;
  way.settings.chunk_bytes.reset();
  way.settings.reduce_on = ReduceOn::automatic;
  way.settings.blocks = {};
  way.settings.tuning = {
      {.buffers = buffers, .ranks = ranks, .from_bytes = 0, .manner = candidate.manner}};
  return way;
}

std::vector<TunedLine> best_of(std::span<const Trial> trials, BufferPlace buffers, int ranks) {
  std::map<std::uint64_t, Times> by_size;
  for (const auto& trial : trials) by_size[trial.bytes][trial.candidate] = trial.us;
  std::vector<TunedLine> lines;
  std::string choice = "usual";
  std::optional<std::uint64_t> before;
  for (const auto& [bytes, times] : by_size) {
    const auto next = chosen(times, choice);
    if (lines.empty() || next != choice) {
      const std::uint64_t from = before ? between(*before, bytes) : 0;
      lines.push_back({{.buffers = buffers,
                        .ranks = ranks,
                        .from_bytes = from,
                        .manner = manner_of(next, buffers)},
                       ""});
    }
    auto& figures = lines.back().figures;
    figures += (figures.empty() ? "" : "; ") + figures_of(bytes, times, next);
    choice = next;
    before = bytes;
  }
  // Beyond what was measured, one hop becomes worse and worse.
  if (!lines.empty() && lines.back().line.manner.hops == Hops::one) {
    const TuningLine end{
        .buffers = buffers, .ranks = ranks, .from_bytes = 2 * *before, .manner = {}};
    lines.push_back({end, "not tried"});
  }
  return lines;
}

std::string with_lines(const std::string& text, const std::string& name,
                       std::span<const TunedLine> lines, const std::string& origin) {
  std::string table = std::string(tuning_heading()) + "\n" + std::string(columns) + "\n";
  if (lines.empty()) return table;
  const auto& section = lines.front().line;
  table += without(text, name, section) + section_name(section) + " " + origin + "\n";
  for (const auto& each : lines) table += text_of(each.line) + "  # " + each.figures + "\n";
  return table;
}

}  // namespace septet::bench
