// SPDX-License-Identifier: Apache-2.0
#include "lease/watch.hpp"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>

namespace septet {

void Watch::on(const std::filesystem::path& path) {
  // A new one each time: it has no stale events. Without one (fs.inotify.max_user_instances, or a
  // kernel that has none) `wait` only sleeps.
  events_.reset(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!events_) return;
  constexpr auto let_go = IN_CLOSE_WRITE | IN_DELETE | IN_DELETE_SELF;
  if (::inotify_add_watch(events_.get(), path.c_str(), let_go) == -1) events_.reset();
}

bool Watch::wait(std::chrono::microseconds limit) {
  pollfd watched{.fd = events_.get(), .events = POLLIN, .revents = 0};  // poll skips -1.
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limit);
  const std::chrono::nanoseconds rest = limit - seconds;
  const timespec time{.tv_sec = seconds.count(), .tv_nsec = rest.count()};
  if (::ppoll(&watched, 1, &time, nullptr) <= 0) return false;
  std::array<char, 4096> buffer;
  while (::read(events_.get(), buffer.data(), buffer.size()) > 0) {
  }
  return true;
}

}  // namespace septet
