// SPDX-License-Identifier: Apache-2.0
#include "lease/grant_lock.hpp"

#include "base/blocked_signals.hpp"
#include "base/errno.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "lease/layout.hpp"
#include "lease/lock_file.hpp"
#include <septet/error.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <future>
#include <sstream>
#include <string>
#include <thread>
#include <utility>

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

/// Blocks until `descriptor` is locked; false when the time is over.
///
/// flock serves its waiters in order, which asking again and again does not: of 32 that asked, some
/// waited for seconds. But it knows no time limit, so a thread waits in it.
bool lock_until(std::chrono::steady_clock::time_point deadline, int descriptor) {
  if (try_lock(descriptor, Hold::exclusive)) return true;
  auto waiting = std::packaged_task<void()>(
      [file = UniqueFd(check(::fcntl(descriptor, F_DUPFD_CLOEXEC, 0), "share the grant lock"))] {
        while (::flock(file.get(), LOCK_EX) == -1 && errno == EINTR) continue;
      });
  const auto locked = waiting.get_future();
  std::thread thread = [&waiting] {
    const BlockedSignals not_for_the_thread;  // This one stays open to Ctrl-C while it waits.
    return std::thread(std::move(waiting));
  }();
  if (locked.wait_until(deadline) == std::future_status::ready) {
    thread.join();
    return true;
  }
  // It ends when it gets the lock, and lets go of it at once.
  thread.detach();
  return false;
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
