// SPDX-License-Identifier: Apache-2.0
#include "cli/list_table.hpp"

#include "base/text.hpp"
#include "base/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace septet::cli {
namespace {

/// What the rows of one table have in common.
struct Page {
  const Holders& holders;
  bool wide;
  std::size_t uuid_length;  ///< Characters of a uuid that are shown.
};

constexpr std::size_t whole_uuid = std::string::npos;

/// The shortest beginning that names each slice, but not less than the first group of digits.
std::size_t naming_length(const std::vector<Slice>& slices) {
  constexpr std::size_t first_group = 12;  // "MIG-c7384736"
  for (auto length = first_group;; ++length) {
    std::set<std::string_view> beginnings;
    for (const auto& slice : slices) {
      beginnings.insert(std::string_view(slice.uuid).substr(0, length));
    }
    const bool whole = std::ranges::all_of(
        slices, [&](const Slice& slice) { return slice.uuid.size() <= length; });
    if (beginnings.size() == slices.size() || whole) return length;
  }
}

/// Names that differ only at their ends (stand-ins, and slices before R470) are cut in the middle.
std::string uuid_text(const std::string& uuid, std::size_t length) {
  constexpr std::size_t most = 20;
  constexpr std::size_t tail = 6;
  if (length == whole_uuid || uuid.size() <= std::min(length, most)) return uuid;
  if (length <= most) return uuid.substr(0, length) + "…";
  return uuid.substr(0, most - tail) + "…" + uuid.substr(uuid.size() - tail);
}

Cell holder_cell(const Slice& slice, const Holders& holders) {
  if (const auto* lease = holders.of(slice.uuid)) {
    const auto& holder = lease->holder;
    return {fmt::format("{} ({}) {}", holder.user, holder.pid, holder.command), Paint::notice};
  }
  if (!holders.unknown.empty()) return {"unknown", Paint::notice};
  if (slice.processes.empty()) return {"free", Paint::good};
  const auto others = slice.processes.size() - 1;
  return {fmt::format("not leased, but pid {}{} runs on it", slice.processes.front().pid,
                      others == 0 ? "" : fmt::format(" and {} more", others)),
          Paint::notice};
}

std::string number_or_dash(std::optional<int> number) {
  return number ? std::to_string(*number) : "-";
}

std::vector<Cell> slice_row(const Slice& slice, const Page& page) {
  std::vector<Cell> row{
      {"  " + position(slice)},
      {slice.profile},
      {slice.memory_bytes == 0 ? "-" : format_bytes(slice.memory_bytes)},
      {slice.multiprocessors == 0 ? "-" : std::to_string(slice.multiprocessors)},
      {uuid_text(slice.uuid, page.uuid_length)},
  };
  if (page.wide) {
    row.push_back(
        {number_or_dash(slice.gpu_instance) + "/" + number_or_dash(slice.compute_instance)});
  }
  row.push_back(holder_cell(slice, page.holders));
  return row;
}

/// "GPU 0  NVIDIA A100-SXM4-40GB  40 GiB  partitioned  NUMA 1  GPU-…"
std::string gpu_line(const Gpu& gpu, const Page& page) {
  std::vector<std::string> parts{"GPU " + std::to_string(gpu.index)};
  if (!gpu.name.empty()) parts.push_back(gpu.name);
  if (gpu.memory_bytes != 0) parts.push_back(format_bytes(gpu.memory_bytes));
  parts.emplace_back(name_of(gpu.state));
  if (gpu.numa_node) parts.push_back("NUMA " + std::to_string(*gpu.numa_node));
  if (page.wide && !gpu.pci.empty()) parts.push_back(gpu.pci);
  if (!gpu.uuid.empty()) parts.push_back(uuid_text(gpu.uuid, page.uuid_length));
  return join(parts, "  ");
}

/// Words of `text` in lines of at most `width` columns, each behind the mark of trouble.
void add_trouble(Table& table, const std::string& text, int width) {
  constexpr std::string_view first_mark = "  ! ";
  constexpr std::string_view other_mark = "    ";
  std::string line(first_mark);
  for (const auto word : split(text, ' ')) {
    const bool full = width > 0 && display_width(line) + 1 + display_width(word) > width;
    if (full && line.size() > first_mark.size()) {
      table.add_line({std::move(line), Paint::bad});
      line = other_mark;
    }
    if (line.back() != ' ') line += ' ';
    line += word;
  }
  table.add_line({std::move(line), Paint::bad});
}

Table make_table(const Host& host, const Page& page, int width) {
  std::vector<Column> columns{{.title = "SLICE"},
                              {.title = "PROFILE"},
                              {.title = "MEMORY", .right = true},
                              {.title = "SMS", .right = true},
                              {.title = "UUID"}};
  if (page.wide) columns.push_back({.title = "GI/CI"});
  columns.push_back({.title = "HOLDER", .right = false, .cut = true});

  Table table(std::move(columns));
  for (const auto& gpu : host.gpus) {
    const bool usable = gpu.state != GpuState::lost && gpu.state != GpuState::denied;
    table.add_line({gpu_line(gpu, page), usable ? Paint::bold : Paint::bad});
    if (!gpu.trouble.empty()) add_trouble(table, gpu.trouble, width);
    for (const auto& slice : gpu.slices) table.add(slice_row(slice, page));
  }
  return table;
}

std::string counted(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string sum_line(const Host& host, const Holders& holders) {
  const auto slices = slices_of(host);
  const auto held =
      std::ranges::count_if(slices, [&](const Slice& s) { return holders.of(s.uuid) != nullptr; });
  std::string line = counted(slices.size(), "slice") + " on " + counted(host.gpus.size(), "GPU");
  if (holders.unknown.empty()) line += fmt::format(", {} held", held);
  line += "; " + host.source;
  if (!host.driver_version.empty()) line += ", driver " + host.driver_version;
  if (host.cuda_version != 0) {
    line += fmt::format(", CUDA {}.{}", host.cuda_version / 1000, host.cuda_version % 1000 / 10);
  }
  return line;
}

/// What stands below the table.
std::vector<std::string> closing_lines(const Host& host, const Holders& holders) {
  std::vector<std::string> lines{"", sum_line(host, holders)};
  if (!host.hidden_by.empty()) lines.push_back(host.hidden_by + " hides other devices");
  return lines;
}

}  // namespace

std::string list_table(const Host& host, const Holders& holders, const Look& look, bool wide) {
  Page page{.holders = holders, .wide = wide, .uuid_length = whole_uuid};
  auto table = make_table(host, page, look.width);
  const bool too_wide = look.width > 0 && table.natural_width() > look.width;
  if (too_wide && !wide) {
    page.uuid_length = naming_length(slices_of(host));
    table = make_table(host, page, look.width);
  }
  const Look shown = wide ? Look{.colour = look.colour, .width = 0} : look;
  auto text = table.text(shown);
  for (const auto& line : closing_lines(host, holders)) {
    text += painted(line, Paint::dim, look) + "\n";
  }
  return text;
}

}  // namespace septet::cli
