// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "lease/identity.hpp"
#include "lease/layout.hpp"
#include "lease/lock_file.hpp"
#include "lease/roll.hpp"
#include "lease/watch.hpp"
#include <septet/environment.hpp>
#include <septet/lease.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace septet {
namespace {

using std::filesystem::path;

bool is_mine(const path& folder) {
  struct stat status{};
  return ::stat(folder.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
         status.st_uid == ::geteuid();
}

path folder_of_host(const Environment& environment) {
  if (const auto chosen = environment.get_or("SEPTET_STATE", ""); !chosen.empty()) return chosen;
  if (std::filesystem::exists(shared_folder)) return shared_folder;
  // Kept from another user by su and sudo.
  const path runtime = environment.get_or("XDG_RUNTIME_DIR", "");
  if (!runtime.empty() && is_mine(runtime)) return runtime / "septet";
  return "/tmp/septet-" + std::to_string(::geteuid());
}

bool is_id(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// Whether `id` is a live lease of this user in `layout`.
bool is_my_lease(const Layout& layout, const std::string& id) {
  const auto file = open_foreign(layout.record(id));
  struct stat status{};
  return file && is_live(file.get()) && ::fstat(file.get(), &status) == 0 &&
         status.st_uid == ::geteuid();
}

/// The folder for sub-leases of lease `id`, which may itself be a sub-lease; nothing if it ended.
std::optional<path> folder_within(const Layout& layout, const std::string& id) {
  if (is_my_lease(layout, id)) return layout.within() / id;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(layout.within(), ignored)) {
    if (auto found = folder_within(Layout{entry.path()}, id)) return found;
  }
  return std::nullopt;
}

void fill_in_user(Holder& holder) { holder.user = user_name(holder.uid); }

}  // namespace

LeaseFolder::LeaseFolder(std::filesystem::path folder)
    : folder_(std::filesystem::absolute(folder)), watch_(std::make_unique<Watch>()) {
  prepare(Layout{folder_});
}

LeaseFolder::LeaseFolder(LeaseFolder&&) noexcept = default;
LeaseFolder& LeaseFolder::operator=(LeaseFolder&&) noexcept = default;
LeaseFolder::~LeaseFolder() = default;

std::filesystem::path LeaseFolder::usual(const Environment& environment) {
  const auto folder = folder_of_host(environment);
  const auto id = environment.get_or("SEPTET_LEASE", "");
  if (!is_id(id)) return folder;
  return folder_within(Layout{folder}, id).value_or(folder);
}

std::vector<LeaseRecord> LeaseFolder::leases() const {
  auto leases = read_roll(Layout{folder_}, Dead::keep).leases;
  for (auto& lease : leases) fill_in_user(lease.holder);
  return leases;
}

std::vector<Waiter> LeaseFolder::queue() const {
  auto queue = read_roll(Layout{folder_}, Dead::keep).queue;
  for (auto& waiter : queue) fill_in_user(waiter.holder);
  return queue;
}

std::vector<std::filesystem::path> LeaseFolder::unreadable() const {
  return read_roll(Layout{folder_}, Dead::keep).unreadable;
}

Busy LeaseFolder::held() const {
  Busy held;
  for (const auto& lease : read_roll(Layout{folder_}, Dead::keep).leases) {
    for (const auto& slice : lease.slices) held.insert(slice.uuid);
  }
  return held;
}

}  // namespace septet
