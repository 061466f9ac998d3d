// SPDX-License-Identifier: Apache-2.0
#include "lease/layout.hpp"

#include "base/errno.hpp"
#include "lease/lock_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>

namespace septet {
namespace {

constexpr mode_t for_me_alone = 0700;
constexpr mode_t for_all_sticky = 01777;
constexpr mode_t all_mode_bits = 07777;

/// Drivers before R470 name a slice "MIG-GPU-…/gi/ci". Names that become the same file would only
/// keep each other waiting, never share.
std::string file_name(std::string_view uuid) {
  std::string name(uuid);
  const auto is_plain = [](unsigned char c) { return std::isalnum(c) != 0 || c == '-'; };
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool inner_dot = name[i] == '.' && i > 0;
    if (!is_plain(static_cast<unsigned char>(name[i])) && !inner_dot) name[i] = '_';
  }
  return name + ".lock";
}

struct stat status_of(const std::filesystem::path& path) {
  struct stat status{};
  check(::lstat(path.c_str(), &status), "look at " + path.string());
  return status;
}

/// The owner of the folder could remove every lock in it.
struct stat trusted_status_of(const std::filesystem::path& path) {
  const auto status = status_of(path);
  if (!S_ISDIR(status.st_mode)) {
    throw Error(ErrorKind::system, path.string() + " is not a folder: remove it, or set " +
                                       "SEPTET_STATE to another place");
  }
  if (status.st_uid != ::geteuid() && status.st_uid != 0) {
    throw Error(ErrorKind::system, path.string() + " belongs to user " +
                                       std::to_string(status.st_uid) +
                                       ", who could undo every lease in it: set SEPTET_STATE to " +
                                       "another place, or run septet install-host as root");
  }
  return status;
}

void set_mode(const std::filesystem::path& path, mode_t mode) {
  check(::chmod(path.c_str(), mode), "set the mode of " + path.string());
}

void make_folder(const std::filesystem::path& path, mode_t mode) {
  if (::mkdir(path.c_str(), for_me_alone) == 0) {
    set_mode(path, mode);
  } else if (errno != EEXIST) {
    throw_errno("make " + path.string());
  }
}

/// Missing parts of somebody else's folder are his to make: whoever makes them could undo leases.
[[noreturn]] void refuse_incomplete(const std::filesystem::path& part) {
  throw Error(ErrorKind::system,
              part.string() + " is missing: an administrator repairs it with septet install-host");
}

void prepare_part(const std::filesystem::path& part, const struct stat& whole) {
  if (!std::filesystem::exists(part)) {
    if (whole.st_uid != ::geteuid()) refuse_incomplete(part);
    make_folder(part, whole.st_mode & all_mode_bits);
  }
  static_cast<void>(trusted_status_of(part));
}

}  // namespace

std::filesystem::path Layout::slice_lock(std::string_view uuid) const {
  return slices() / file_name(uuid);
}

std::filesystem::path Layout::record(std::string_view id) const {
  return leases() / (std::string(id) + ".json");
}

std::filesystem::path Layout::ticket(int number) const {
  return queue() / (std::to_string(number) + ".json");
}

void prepare(const Layout& layout) {
  std::error_code ignored;  // make_folder tells what is wrong.
  std::filesystem::create_directories(layout.folder.parent_path(), ignored);
  if (!std::filesystem::exists(layout.folder)) make_folder(layout.folder, for_me_alone);
  const auto whole = trusted_status_of(layout.folder);
  for (const auto& part : layout.parts()) prepare_part(part, whole);
  if (std::filesystem::exists(layout.grant_lock())) return;
  if (whole.st_uid != ::geteuid()) refuse_incomplete(layout.grant_lock());
  make_lock_file(layout.grant_lock());
}

void prepare_shared(const Layout& layout) {
  prepare(layout);
  if (!std::filesystem::exists(layout.queue_lock())) make_lock_file(layout.queue_lock());
  for (const auto& part : layout.parts()) set_mode(part, for_all_sticky);
  set_mode(layout.folder, for_all_sticky);  // Last: nobody comes in before all is there.
}

}  // namespace septet
