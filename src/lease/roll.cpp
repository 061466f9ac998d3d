// SPDX-License-Identifier: Apache-2.0
#include "lease/roll.hpp"

#include "base/text.hpp"
#include "lease/lock_file.hpp"
#include "lease/record.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <tuple>
#include <utility>

namespace septet {
namespace {

/// More than seven slices a GPU and any command line need; a bound on what others make us read.
constexpr std::size_t longest_file = 1 << 20;

/// A published file that a process holds, open for reading.
struct LiveFile {
  std::filesystem::path path;
  UniqueFd file;
};

bool is_hidden(const std::filesystem::path& path) {
  return path.filename().native().starts_with('.');
}

/// A file without its last name yet is being written, or litter.
void remove_dead(const std::filesystem::path& path, Dead dead) noexcept {
  if (dead == Dead::remove) ::unlink(path.c_str());
}

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    paths.push_back(entry->path());
  }
  return paths;
}

/// The tickets before `mine`, or with none all, the last first.
std::vector<std::filesystem::path> tickets_before(const Layout& layout, std::optional<int> mine) {
  std::vector<std::pair<int, std::filesystem::path>> numbered;
  for (auto& path : files_in(layout.queue())) {
    const int number = ticket_number(path).value_or(0);
    if (!mine || number < *mine) numbered.emplace_back(number, std::move(path));
  }
  std::sort(numbered.begin(), numbered.end(), std::greater());
  std::vector<std::filesystem::path> paths;
  for (auto& ticket : numbered) paths.push_back(std::move(ticket.second));
  return paths;
}

std::optional<LiveFile> open_live(const std::filesystem::path& path, Dead dead) {
  auto file = open_foreign(path);
  if (!file) return std::nullopt;
  if (!is_live(file.get())) {
    remove_dead(path, dead);
    return std::nullopt;
  }
  if (is_hidden(path)) return std::nullopt;
  return LiveFile{path, std::move(file)};
}

std::vector<std::string> live_names(const std::vector<std::filesystem::path>& paths) {
  std::vector<std::string> names;
  for (const auto& path : paths) {
    if (open_live(path, Dead::keep)) names.push_back(path.filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string read_text(int descriptor) {
  std::string text(4096, '\0');
  std::size_t size = 0;
  for (;;) {
    const auto got =
        ::pread(descriptor, text.data() + size, text.size() - size, static_cast<off_t>(size));
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
    if (size > longest_file) break;
    if (size == text.size()) text.resize(2 * size);
  }
  text.resize(size);
  return text;
}

uid_t owner_of(int descriptor) {
  struct stat status{};
  return ::fstat(descriptor, &status) == 0 ? status.st_uid : static_cast<uid_t>(-1);
}

void add_lease(Roll& roll, const LiveFile& live) {
  auto record = parse_record(read_text(live.file.get()));
  if (!record) return roll.unreadable.push_back(live.path);
  record->id = live.path.stem();
  record->holder.uid = owner_of(live.file.get());
  roll.leases.push_back(*std::move(record));
}

void add_waiter(Roll& roll, const LiveFile& live) {
  const auto ticket = ticket_number(live.path);
  auto waiter = parse_waiter(read_text(live.file.get()));
  if (!waiter || !ticket) return roll.unreadable.push_back(live.path);
  waiter->ticket = *ticket;
  waiter->holder.uid = owner_of(live.file.get());
  roll.queue.push_back(*std::move(waiter));
}

/// True when it was `enough` before all was read.
bool read_queue(Roll& roll, const Enough& enough, const Layout& layout, Dead dead,
                std::optional<int> mine) {
  bool decided = false;
  for (const auto& path : tickets_before(layout, mine)) {
    const auto live = open_live(path, dead);
    if (!live) continue;
    add_waiter(roll, *live);
    decided = enough(roll);
    if (decided) break;
  }
  std::reverse(roll.queue.begin(), roll.queue.end());
  return decided;
}

}  // namespace

std::optional<int> ticket_number(const std::filesystem::path& file) {
  constexpr int last = 999'999'999;  // So that there is a next one, whatever others have put there.
  const auto number = parse_number<int>(file.stem().native());
  return number && *number > 0 && *number <= last ? number : std::nullopt;
}

Roll read_roll(const Layout& layout, Dead dead, std::optional<int> mine) {
  return read_roll_until([](const Roll&) { return false; }, layout, dead, mine);
}

Roll read_roll_until(const Enough& enough, const Layout& layout, Dead dead,
                     std::optional<int> mine) {
  Roll roll;
  if (read_queue(roll, enough, layout, dead, mine)) return roll;
  for (const auto& path : files_in(layout.leases())) {
    if (const auto live = open_live(path, dead)) add_lease(roll, *live);
  }
  std::sort(roll.leases.begin(), roll.leases.end(), [](const auto& a, const auto& b) {
    return std::tie(a.holder.since, a.id) < std::tie(b.holder.since, b.id);
  });
  return roll;
}

std::vector<std::string> live_records(const Layout& layout) {
  return live_names(files_in(layout.leases()));
}

std::vector<std::string> live_tickets(const Layout& layout, std::optional<int> mine) {
  return live_names(tickets_before(layout, mine));
}

}  // namespace septet
