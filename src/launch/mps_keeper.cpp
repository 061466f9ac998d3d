// SPDX-License-Identifier: Apache-2.0
#include "launch/mps_keeper.hpp"

#include "base/errno.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "launch/mps_control.hpp"
#include "lease/lock_file.hpp"
#include <septet/error.hpp>
#include <septet/unique_fd.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <thread>

namespace septet {
namespace {

void lock(const UniqueFd& file, const std::string& what) {
  int result = 0;
  do result = ::flock(file.get(), LOCK_EX);
  while (result == -1 && errno == EINTR);
  check(result, "lock " + what);
}

/// Readable once `users` is locked exclusively: once nobody shares it any more.
UniqueFd when_unused(const UniqueFd& users) {
  UniqueFd event(check(::eventfd(0, EFD_CLOEXEC), "make an event"));
  // flock has no descriptor to poll, so a thread waits in it. It ends with the process.
  std::thread([file = users.get(), done = event.get()] {
    while (::flock(file, LOCK_EX) == -1 && errno == EINTR) continue;
    ::eventfd_write(done, 1);
  }).detach();
  return event;
}

/// Waits for the first of both; whether it was the last user who went.
bool outlived_by(const MpsControl& daemon, const UniqueFd& unused) {
  std::array<pollfd, 2> events{{{.fd = daemon.ended(), .events = POLLIN, .revents = 0},
                                {.fd = unused.get(), .events = POLLIN, .revents = 0}}};
  while (::poll(events.data(), events.size(), -1) == -1 && errno == EINTR) continue;
  return events[1].revents != 0;
}

MpsControl have_daemon(const MpsPlace& place, const Environment& environment) {
  auto orphan = MpsControl::find(place, environment);
  return orphan ? std::move(*orphan) : MpsControl::start(place, environment);
}

}  // namespace

void keep_mps(const MpsPlace& place, const Environment& environment) {
  // Declared in the order of release: a new user must never see "ready" of a daemon that ends, nor
  // get in before its keeper has gone.
  const auto users = open_lock_file(place.users_lock());
  UniqueFd keeper(mps_keeper_lock);
  check(::fcntl(keeper.get(), F_SETFD, FD_CLOEXEC), "take over " + place.keeper_lock().string());
  auto ready = open_lock_file(place.ready_lock());

  auto daemon = have_daemon(place, environment);
  lock(ready, place.ready_lock().string());
  const auto unused = when_unused(users);
  if (!outlived_by(daemon, unused)) {
    throw Error(ErrorKind::device, "the MPS daemon ended while it was in use; see " +
                                       (place.log() / "control.log").string());
  }
  ready.reset();
  daemon.stop();
}

bool is_mps_keeper(pid_t pid) {
  const auto words = try_read_file("/proc/" + std::to_string(pid) + "/cmdline");
  return words && split(*words, '\0').size() > 1 && split(*words, '\0')[1] == mps_keeper_verb;
}

}  // namespace septet
