// SPDX-License-Identifier: Apache-2.0
#include "lease/watch.hpp"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace septet {
namespace {

void drain(int events) {
  std::array<char, 4096> buffer{};
  while (::read(events, buffer.data(), buffer.size()) > 0) continue;
}

}  // namespace

void Watch::on(const std::filesystem::path& path) {
  forget();
  // Without inotify (fs.inotify.max_user_instances, or a kernel that has none) `wait` only sleeps.
  if (!events_) events_.reset(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  constexpr auto let_go = IN_CLOSE_WRITE | IN_DELETE | IN_DELETE_SELF;
  if (events_) watched_ = ::inotify_add_watch(events_.get(), path.c_str(), let_go);
}

/// Ends the last watch, with all that it has told.
void Watch::forget() {
  if (watched_ != -1) ::inotify_rm_watch(events_.get(), std::exchange(watched_, -1));
  if (events_) drain(events_.get());
}

bool Watch::wait(std::chrono::microseconds limit) {
  pollfd watched{.fd = events_.get(), .events = POLLIN, .revents = 0};  // poll skips -1.
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limit);
  const std::chrono::nanoseconds rest = limit - seconds;
  const timespec time{.tv_sec = seconds.count(), .tv_nsec = rest.count()};
  if (::ppoll(&watched, 1, &time, nullptr) <= 0) return false;
  drain(events_.get());
  return true;
}

}  // namespace septet
