// SPDX-License-Identifier: Apache-2.0
#include "lease/install.hpp"

#include "base/file.hpp"
#include "lease/grant_lock.hpp"
#include "lease/identity.hpp"
#include "lease/roll.hpp"
#include <septet/error.hpp>

#include <optional>
#include <system_error>
#include <vector>

namespace septet {
namespace {

using std::filesystem::path;

/// The folders that users have without an administrator (LeaseFolder::usual).
std::vector<path> folders_of_users(const path& root) {
  std::vector<path> folders;
  std::error_code ignored;
  for (const auto& user : std::filesystem::directory_iterator(root / "run/user", ignored)) {
    folders.push_back(user.path() / "septet");
  }
  for (const auto& entry : std::filesystem::directory_iterator(root / "tmp", ignored)) {
    if (entry.path().filename().native().starts_with("septet-")) folders.push_back(entry.path());
  }
  return folders;
}

/// Somebody who holds or waits for slices through `folder`.
std::optional<Holder> anybody_in(const path& folder) {
  const auto roll = read_roll(Layout{folder}, Dead::keep);
  if (!roll.leases.empty()) return roll.leases.front().holder;
  if (!roll.queue.empty()) return roll.queue.front().holder;
  return std::nullopt;
}

void refuse_if_used(const path& folder) {
  const auto holder = anybody_in(folder);
  if (!holder) return;
  throw Error(ErrorKind::unavailable, user_name(holder->uid) + " (pid " +
                                          std::to_string(holder->pid) +
                                          ") holds or waits for slices through " + folder.string() +
                                          ": try again when it has ended");
}

}  // namespace

HostPlaces::HostPlaces(const path& below)
    : root(below),
      layout{below / path(shared_folder).relative_path()},
      boot_order(below / "etc/tmpfiles.d/septet.conf") {}

std::string boot_order_text() {
  const Layout layout{shared_folder};
  std::string text =
      "# Written by septet install-host: the folder through which all users lease slices.\n"
      "d " +
      layout.folder.string() + " 1777 root root -\n";
  for (const auto& part : layout.parts()) text += "d " + part.string() + " 1777 root root -\n";
  for (const auto& lock : {layout.grant_lock(), layout.queue_lock()}) {
    text += "f " + lock.string() + " 0666 root root -\n";
  }
  return text;
}

void install(const HostPlaces& places) {
  for (const auto& folder : folders_of_users(places.root)) refuse_if_used(folder);
  std::filesystem::create_directories(places.boot_order.parent_path());
  replace_file(places.boot_order, boot_order_text());
  prepare_shared(places.layout);
}

void uninstall(const HostPlaces& places) {
  if (std::filesystem::exists(places.layout.folder)) {
    under_grant_lock(places.layout, [&] {
      refuse_if_used(places.layout.folder);
      std::filesystem::remove_all(places.layout.folder);
    });
  }
  std::filesystem::remove(places.boot_order);
}

}  // namespace septet
