// SPDX-License-Identifier: Apache-2.0
#include "lease/grant_lock.hpp"

#include "base/blocked_signals.hpp"
#include "base/file.hpp"
#include "base/units.hpp"
#include "lease/lock_file.hpp"
#include <septet/error.hpp>

#include <sched.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <future>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <utility>

namespace septet {
namespace {

/// Who holds a flock on `file`, from the lines of /proc/locks:
/// "3: FLOCK  ADVISORY  WRITE 1234 fe:00:131 0 EOF". Empty where the kernel does not tell.
std::string holder_of(const std::filesystem::path& file) {
  struct stat status{};
  if (::stat(file.c_str(), &status) != 0) return {};
  const auto inode = ":" + std::to_string(status.st_ino);
  std::istringstream lines(try_read_file("/proc/locks").value_or(""));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string number, type, advisory, access, pid, place;
    words >> number >> type >> advisory >> access >> pid >> place;
    if (type == "FLOCK" && place.ends_with(inode)) return pid;
  }
  return {};
}

[[noreturn]] void give_up(const std::filesystem::path& file, std::chrono::milliseconds limit) {
  const auto pid = holder_of(file);
  throw Error(ErrorKind::system, "waited " + format_duration(limit) + " for " + file.string() +
                                     ", which " + (pid.empty() ? "a process" : "process " + pid) +
                                     " keeps locked: continue or end it");
}

/// Whether a thread that waits for the lock may still do what it waits for. It decides that once it
/// has the lock, the caller when the time is over: the first to do so is right.
class Claim {
 public:
  [[nodiscard]] bool take() noexcept { return !taken_.exchange(true); }

 private:
  std::atomic<bool> taken_ = false;
};

/// Locks `lock` and calls `body`, unless somebody took the `claim` before; false when the lock is
/// no longer that of `file`. Lets go of it in each case.
bool wait_and_call(UniqueFd lock, const std::filesystem::path& file, Claim& claim,
                   const std::function<void()>& body) {
  while (::flock(lock.get(), LOCK_EX) == -1 && errno == EINTR) continue;
  if (!claim.take()) return true;
  if (!is_at(file, lock.get())) return false;
  body();
  return true;
}

std::thread start_without_signals(std::packaged_task<bool()> task) {
  const BlockedSignals not_for_the_thread;  // This one stays open to Ctrl-C while it waits.
  return std::thread(std::move(task));
}

/// Waits in a thread, since flock knows no time limit, and calls `body` there: to wake the caller
/// first would take longer than most bodies do, with the lock held.
bool wait_and_call_in_thread(UniqueFd lock, const std::filesystem::path& file,
                             const std::function<void()>& body, std::chrono::milliseconds limit) {
  // Of this call and of the thread, which outlives it when the time is over.
  const auto claim = std::make_shared<Claim>();
  std::packaged_task<bool()> task([claim, file, &body, waiting = std::move(lock)]() mutable {
    return wait_and_call(std::move(waiting), file, *claim, body);
  });
  auto done = task.get_future();
  auto thread = start_without_signals(std::move(task));
  if (done.wait_for(limit) != std::future_status::ready && claim->take()) {
    thread.detach();
    give_up(file, limit);
  }
  thread.join();
  return done.get();
}

/// Tries for a moment: most hold these locks for less time than it takes to start a thread.
bool lock_soon(int lock) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(200);
  while (!try_lock(lock, Hold::exclusive)) {
    if (std::chrono::steady_clock::now() > end) return false;
    ::sched_yield();
  }
  return true;
}

void under_lock(const std::filesystem::path& file, const std::function<void()>& body,
                std::chrono::milliseconds limit) {
  for (;;) {
    auto lock = open_lock_file(file);
    if (!lock_soon(lock.get())) {
      if (wait_and_call_in_thread(std::move(lock), file, body, limit)) return;
    } else if (is_at(file, lock.get())) {
      return body();
    }
  }
}

}  // namespace

void under_grant_lock(const Layout& layout, const std::function<void()>& body,
                      std::chrono::milliseconds limit) {
  under_lock(layout.grant_lock(), body, limit);
}

bool try_under_grant_lock(const Layout& layout, const std::function<void()>& body) {
  const auto file = layout.grant_lock();
  const auto lock = open_lock_file(file);
  if (!try_lock(lock.get(), Hold::exclusive) || !is_at(file, lock.get())) return false;
  body();
  return true;
}

void under_queue_lock(const Layout& layout, const std::function<void()>& body) {
  under_lock(layout.queue_lock(), body, std::chrono::seconds(60));
}

}  // namespace septet
