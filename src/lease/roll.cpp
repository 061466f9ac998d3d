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

/// A file without its last name yet is being written under the grant lock, or litter.
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
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::vector<LiveFile> live_files(const std::filesystem::path& folder, Dead dead,
                                 std::optional<int> mine = {}) {
  std::vector<LiveFile> live;
  for (const auto& path : files_in(folder)) {
    if (mine && ticket_number(path).value_or(0) >= *mine) continue;
    auto file = open_foreign(path);
    if (!file) continue;
    if (!is_live(file.get())) {
      remove_dead(path, dead);
    } else if (!is_hidden(path)) {
      live.push_back({path, std::move(file)});
    }
  }
  return live;
}

std::vector<std::string> names_of(const std::vector<LiveFile>& files) {
  std::vector<std::string> names;
  for (const auto& live : files) names.push_back(live.path.filename());
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

}  // namespace

std::optional<int> ticket_number(const std::filesystem::path& file) {
  return parse_number<int>(file.stem().native());
}

Roll read_roll(const Layout& layout, Dead dead, std::optional<int> mine) {
  Roll roll;
  for (const auto& live : live_files(layout.leases(), dead)) add_lease(roll, live);
  for (const auto& live : live_files(layout.queue(), dead, mine)) add_waiter(roll, live);
  std::sort(roll.leases.begin(), roll.leases.end(), [](const auto& a, const auto& b) {
    return std::tie(a.holder.since, a.id) < std::tie(b.holder.since, b.id);
  });
  std::sort(roll.queue.begin(), roll.queue.end(),
            [](const auto& a, const auto& b) { return a.ticket < b.ticket; });
  return roll;
}

std::vector<std::string> live_records(const Layout& layout) {
  return names_of(live_files(layout.leases(), Dead::keep));
}

std::vector<std::string> live_tickets(const Layout& layout, std::optional<int> mine) {
  return names_of(live_files(layout.queue(), Dead::keep, mine));
}

}  // namespace septet
