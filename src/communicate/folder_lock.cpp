// SPDX-License-Identifier: Apache-2.0
#include "communicate/folder_lock.hpp"

#include "base/errno.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace septet {
namespace {

constexpr auto* prefix = "septet-";
constexpr auto* lock_ending = ".lock";
constexpr auto* socket_ending = ".socket";

/// Whether the file that was locked still has that name: a holder that leaves removes the name
/// first, and whoever waited for its file holds nothing.
bool is_named(const UniqueFd& file, const std::filesystem::path& path) {
  struct stat held{};
  struct stat named{};
  return ::fstat(file.get(), &held) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

bool try_lock(const UniqueFd& file, const std::filesystem::path& path) {
  int result = 0;
  do {
    result = ::flock(file.get(), LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  if (result != 0 && errno != EWOULDBLOCK) throw_errno("lock " + path.string());
  return result == 0 && is_named(file, path);
}

}  // namespace

std::optional<FolderLock> FolderLock::try_take(const std::filesystem::path& folder,
                                               const std::string& name) {
  auto path = folder / (name + lock_ending);
  UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) {
    throw_errno("create " + path.string() +
                " (SEPTET_MEETING_FOLDER names a folder that every rank may write)");
  }
  if (!try_lock(file, path)) return {};
  FolderLock lock(std::move(path), std::move(file));
  ::unlink((folder / socket_of(name)).c_str());
  return lock;
}

FolderLock::FolderLock(std::filesystem::path path, UniqueFd file)
    : path_(std::move(path)), file_(std::move(file)) {}

FolderLock::~FolderLock() {
  if (!file_) return;
  ::unlink((path_.parent_path() / socket_of(path_.stem())).c_str());
  ::unlink(path_.c_str());
}

std::string socket_of(const std::string& name) { return name + socket_ending; }

void remove_abandoned(const std::filesystem::path& folder) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    const auto& path = entry.path();
    if (path.extension() != lock_ending || !path.filename().string().starts_with(prefix)) continue;
    const UniqueFd file(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
    if (!file || !try_lock(file, path)) continue;
    ::unlink((folder / socket_of(path.stem())).c_str());
    ::unlink(path.c_str());
  }
}

}  // namespace septet
