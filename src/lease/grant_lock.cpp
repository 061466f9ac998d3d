// SPDX-License-Identifier: Apache-2.0
#include "lease/grant_lock.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "lease/layout.hpp"
#include "lease/lock_file.hpp"
#include "lease/watch.hpp"
#include <septet/error.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <sstream>
#include <string>

namespace septet {
namespace {

/// Who holds a flock on the file behind `descriptor`, from the lines of /proc/locks:
/// "3: FLOCK  ADVISORY  WRITE 1234 fe:00:131 0 EOF". Empty where the kernel does not tell.
std::string holder_of(int descriptor) {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return {};
  const auto inode = ":" + std::to_string(status.st_ino);
  std::istringstream lines(try_read_file("/proc/locks").value_or(""));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string number, type, advisory, access, pid, file;
    words >> number >> type >> advisory >> access >> pid >> file;
    if (type == "FLOCK" && file.ends_with(inode)) return pid;
  }
  return {};
}

[[noreturn]] void give_up(int descriptor, const std::filesystem::path& file,
                          std::chrono::milliseconds limit) {
  const auto pid = holder_of(descriptor);
  throw Error(ErrorKind::system, "waited " + format_duration(limit) + " for " + file.string() +
                                     ", which " + (pid.empty() ? "a process" : "process " + pid) +
                                     " keeps locked: continue or end it");
}

/// Blocks until `descriptor` is locked; false when the time is over. flock knows no time limit, so
/// ask again: soon, as a grant takes a fraction of a millisecond.
bool lock_until(std::chrono::steady_clock::time_point deadline, int descriptor) {
  Watch nothing;
  std::chrono::microseconds pause(20);
  while (!try_lock(descriptor, Hold::exclusive)) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    static_cast<void>(nothing.wait(pause));
    pause = std::min<std::chrono::microseconds>(pause * 2, std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace

GrantLock::GrantLock(const std::filesystem::path& folder, std::chrono::milliseconds limit) {
  const auto file = Layout{folder}.grant_lock();
  const auto deadline = std::chrono::steady_clock::now() + limit;
  do {
    lock_ = open_lock_file(file);
    if (!lock_until(deadline, lock_.get())) give_up(lock_.get(), file, limit);
  } while (!is_at(file, lock_.get()));
}

}  // namespace septet
