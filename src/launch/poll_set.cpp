// SPDX-License-Identifier: Apache-2.0
#include "launch/poll_set.hpp"

#include "base/errno.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace septet {
namespace {

/// Rounded up, so that the moment has come when poll is back.
int milliseconds_until(std::optional<PollSet::Clock::time_point> moment) {
  if (!moment) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*moment - PollSet::Clock::now());
  constexpr std::chrono::milliseconds::rep longest = 60'000;
  return static_cast<int>(std::clamp<std::chrono::milliseconds::rep>(left.count(), 0, longest));
}

}  // namespace

void PollSet::add(int descriptor, short events, std::function<void()> action) {
  descriptors_.push_back({.fd = descriptor, .events = events, .revents = 0});
  actions_.push_back(std::move(action));
}

void PollSet::wait(std::optional<Clock::time_point> until) {
  const auto ready = ::poll(descriptors_.data(), descriptors_.size(), milliseconds_until(until));
  if (ready < 0 && errno == EINTR) return;
  check(ready, "poll");
  for (std::size_t i = 0; i < actions_.size(); ++i) {
    if (descriptors_[i].revents != 0) actions_[i]();
  }
}

}  // namespace septet
