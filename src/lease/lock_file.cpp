// SPDX-License-Identifier: Apache-2.0
#include "lease/lock_file.hpp"

#include "base/errno.hpp"
#include "base/file.hpp"
#include "lease/identity.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <string>
#include <utility>

namespace septet {
namespace {

constexpr mode_t for_all_to_lock = 0666;
constexpr mode_t for_all_to_read = 0644;

/// A new file of exactly this mode. What lies at `path` is the litter of a killed process.
UniqueFd create(const std::filesystem::path& path, mode_t mode) {
  ::unlink(path.c_str());
  UniqueFd file(
      check(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode),
            "create " + path.string()));
  check(::fchmod(file.get(), mode), "set the mode of " + path.string());
  return file;
}

bool is_plain_file(int descriptor) noexcept {
  struct stat status{};
  return ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

bool try_lock(int descriptor, Hold hold) {
  const int operation = (hold == Hold::exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB;
  while (::flock(descriptor, operation) == -1) {
    if (errno == EWOULDBLOCK) return false;
    if (errno != EINTR) throw_errno("lock descriptor " + std::to_string(descriptor));
  }
  return true;
}

UniqueFd open_lock_file(const std::filesystem::path& path) {
  // Never with O_CREAT: fs.protected_regular refuses that on a file of another user.
  constexpr int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  UniqueFd file(::open(path.c_str(), flags));
  if (!file && errno == ENOENT) {
    make_lock_file(path);
    file.reset(::open(path.c_str(), flags));
  }
  check(file.get(), "open lock file " + path.string());
  if (is_plain_file(file.get())) return file;
  throw Error(ErrorKind::system, path.string() + " is not a plain file: remove it");
}

bool is_at(const std::filesystem::path& path, int descriptor) noexcept {
  struct stat named{};
  struct stat opened{};
  return ::lstat(path.c_str(), &named) == 0 && ::fstat(descriptor, &opened) == 0 &&
         named.st_ino == opened.st_ino && named.st_dev == opened.st_dev;
}

void make_lock_file(const std::filesystem::path& path) {
  const auto beside = path.parent_path() /
                      (".new." + std::to_string(::geteuid()) + "." + std::to_string(::gettid()));
  const auto made = create(beside, for_all_to_lock);
  const bool linked = ::link(beside.c_str(), path.c_str()) == 0;
  const int code = errno;
  ::unlink(beside.c_str());
  if (!linked && code != EEXIST) throw_errno("create " + path.string(), code);
}

UniqueFd open_foreign(const std::filesystem::path& path) noexcept {
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (file && !is_plain_file(file.get())) file.reset();
  return file;
}

namespace {

/// Locks a file that is this process's own. Whoever looks whether its holder lives has it locked
/// for a moment, so one refusal says nothing.
bool lock_own(int file) {
  using namespace std::chrono_literals;
  const auto end = std::chrono::steady_clock::now() + 2s;
  while (!try_lock(file, Hold::exclusive)) {
    if (std::chrono::steady_clock::now() > end) return false;
    ::poll(nullptr, 0, 1);
  }
  return true;
}

}  // namespace

HiddenFile write_hidden(const std::filesystem::path& folder, std::string_view text) {
  for (;;) {
    // By chance, as pids are not unique among containers that share the folder.
    HiddenFile hidden{folder / ("." + random_name()), {}};
    hidden.lock = out_of_the_way(create(hidden.path, for_all_to_read));
    if (!lock_own(hidden.lock.get())) {
      throw Error(ErrorKind::internal, "somebody holds the new file " + hidden.path.string());
    }
    // Who removes what the dead have left may have seen it before it was locked.
    if (!is_at(hidden.path, hidden.lock.get())) continue;
    write_all(hidden.lock.get(), text);
    return hidden;
  }
}

UniqueFd publish(const std::filesystem::path& folder, std::string_view name,
                 std::string_view text) {
  auto hidden = write_hidden(folder, text);
  const auto path = folder / name;
  check(std::rename(hidden.path.c_str(), path.c_str()), "rename to " + path.string());
  return std::move(hidden.lock);
}

UniqueFd out_of_the_way(UniqueFd descriptor) {
  constexpr int lowest = 100;
  return UniqueFd(check(::fcntl(descriptor.get(), F_DUPFD_CLOEXEC, lowest),
                        "number a descriptor 100 or higher (see ulimit -n)"));
}

bool is_live(int descriptor) { return !try_lock(descriptor, Hold::shared); }

}  // namespace septet
