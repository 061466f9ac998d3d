// SPDX-License-Identifier: Apache-2.0
#include "communicate/shared_file.hpp"

#include "base/blocked_signals.hpp"
#include "base/errno.hpp"
#include "base/units.hpp"
#include "communicate/free_memory.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>

namespace septet {
namespace {

constexpr auto unlimited = std::numeric_limits<std::uint64_t>::max();

std::string shown(std::uint64_t bytes) {
  return format_bytes(bytes) + " (" + std::to_string(bytes) + " bytes)";
}

void require_room(std::uint64_t bytes, std::uint64_t available) {
  if (bytes <= available) return;
  throw Error(ErrorKind::system, "needs " + shown(bytes) + ", available " + shown(available));
}

/// A file that grows over this limit is no error but a signal that ends the process: setrlimit(2).
void require_permission(std::uint64_t bytes) {
  rlimit limit{};
  check(::getrlimit(RLIMIT_FSIZE, &limit), "read the limit of file sizes");
  if (limit.rlim_cur == RLIM_INFINITY || bytes <= limit.rlim_cur) return;
  throw Error(ErrorKind::system, "needs " + shown(bytes) +
                                     ", the limit of file sizes (ulimit -f) is " +
                                     shown(limit.rlim_cur));
}

/// A tmpfs without a limit of its own reports no blocks at all: statfs(2) of Linux's shmem.
std::uint64_t free_space(int file) {
  struct statvfs space{};
  check(::fstatvfs(file, &space), "ask for free space");
  return space.f_blocks == 0 ? unlimited : std::uint64_t{space.f_bavail} * space.f_frsize;
}

void allocate(int file, std::size_t bytes) {
  // A signal would undo what is allocated so far; a profiler's timer could do so for ever.
  const BlockedSignals blocked;
  const int code = ::posix_fallocate(file, 0, static_cast<off_t>(bytes));
  if (code == ENOSPC) require_room(bytes, std::min<std::uint64_t>(bytes - 1, free_space(file)));
  if (code != 0) throw_errno("allocate " + shown(bytes), code);
}

UniqueFd open_memfd() {
  // Hosts may forbid memory that could be executed (vm.memfd_noexec, Linux 6.3); older kernels
  // do not know the flag. Source: memfd_create(2).
  constexpr unsigned noexec_seal = 0x0008;
  constexpr auto* name = "septet";
  UniqueFd file(::memfd_create(name, MFD_CLOEXEC | noexec_seal));
  if (!file) file.reset(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file) throw_errno("memfd_create");
  return file;
}

UniqueFd open_unlinked(const std::filesystem::path& folder) {
  UniqueFd file(::open(folder.c_str(), O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600));
  if (file) return file;
  auto name = (folder / "septet-XXXXXX").string();
  file.reset(check(::mkostemp(name.data(), O_CLOEXEC), "create a file"));
  check(::unlink(name.c_str()), "unlink " + name);
  return file;
}

UniqueFd make_memfd(std::size_t bytes) {
  require_room(bytes, free_memory());
  auto file = open_memfd();
  allocate(file.get(), bytes);
  // Nobody can cut it under the others' feet. Not vital, so whether it worked is not asked.
  ::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW);
  return file;
}

UniqueFd make_in_dev_shm(std::size_t bytes) {
  require_room(bytes, free_memory());
  return make_unlinked_file(bytes, "/dev/shm");
}

/// Tries places one after another, and keeps what each answered.
class Attempts {
 public:
  template <typename Make>
  void at(const std::string& place, Make make) {
    if (made_) return;
    try {
      made_ = make();
    } catch (const Error& error) {
      answers_ += (answers_.empty() ? "" : "; ") + place + ": " + error.what();
    }
  }

  [[nodiscard]] UniqueFd result(std::size_t bytes) && {
    if (made_) return std::move(made_);
    throw Error(ErrorKind::system, "no place for " + shown(bytes) +
                                       " of memory that the ranks share: " + answers_ +
                                       ". SEPTET_MEETING_FOLDER can name a folder with room");
  }

 private:
  UniqueFd made_;
  std::string answers_;
};

}  // namespace

UniqueFd make_unlinked_file(std::size_t bytes, const std::filesystem::path& folder) {
  require_permission(bytes);
  auto file = open_unlinked(folder);
  require_room(bytes, free_space(file.get()));
  allocate(file.get(), bytes);
  return file;
}

UniqueFd make_shared_file(std::size_t bytes, const std::filesystem::path& folder) {
  require_permission(bytes);
  Attempts attempts;
  attempts.at("memory", [&] { return make_memfd(bytes); });
  attempts.at("/dev/shm", [&] { return make_in_dev_shm(bytes); });
  if (!folder.empty()) {
    attempts.at(folder.string(), [&] { return make_unlinked_file(bytes, folder); });
  }
  return std::move(attempts).result(bytes);
}

}  // namespace septet
