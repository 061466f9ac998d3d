// SPDX-License-Identifier: Apache-2.0
#include "lease/pause.hpp"

#include "lease/lock_file.hpp"

#include <algorithm>
#include <utility>

namespace septet {
namespace {

using std::chrono::microseconds;

/// The kernel tells of a release a moment before the lock is gone: look again soon, then less and
/// less often, in the end only in case the kernel does not tell at all.
constexpr microseconds first_nap(50);

/// Before there was any news; of each waiting request, so that it should cost little.
constexpr microseconds first_quiet_nap(1000);
constexpr microseconds longest_nap = std::chrono::milliseconds(250);

/// As long as a wait is young, news that the kernel did not tell must not cost more than this:
/// among 32 contenders on 16 cores some waits lasted 430 ms, the sum of naps that only grow.
constexpr std::chrono::seconds young(1);
constexpr microseconds longest_young_nap = std::chrono::milliseconds(4);

/// How often a waiting request tries anew, though nobody has let go of anything: the host may have
/// been partitioned, or a request further ahead may have given up.
constexpr std::chrono::seconds between_surveys(10);

}  // namespace

Scene scene_of(const Layout& layout, const Roll& roll, std::optional<int> behind) {
  if (behind) return {layout.ticket(*behind), {layout.ticket(*behind).filename()}};
  Scene scene{layout.leases(), {}};
  for (const auto& lease : roll.leases) scene.live.push_back(layout.record(lease.id).filename());
  for (const auto& waiter : roll.queue) {
    scene.live.push_back(layout.ticket(waiter.ticket).filename());
  }
  for (const auto& file : roll.unreadable) scene.live.push_back(file.filename());
  std::sort(scene.live.begin(), scene.live.end());
  return scene;
}

Scene scene_now(const Layout& layout, std::optional<int> behind, std::optional<int> ticket) {
  if (behind) {
    const auto file = layout.ticket(*behind);
    const auto opened = open_foreign(file);
    const bool waits = opened && is_live(opened.get());
    return {file, waits ? std::vector<std::string>{file.filename()} : std::vector<std::string>{}};
  }
  Scene scene{layout.leases(), live_records(layout)};
  for (auto& name : live_tickets(layout, ticket)) scene.live.push_back(std::move(name));
  std::sort(scene.live.begin(), scene.live.end());
  return scene;
}

Pause::Pause(std::optional<std::chrono::milliseconds> limit, Watch& watch) : watch_(watch) {
  if (limit) end_ = Clock::now() + *limit;
}

microseconds Pause::longer(microseconds nap) const {
  const bool is_young = Clock::now() - since_ < young;
  return std::min(2 * nap, is_young ? longest_young_nap : longest_nap);
}

bool Pause::a_moment() {
  if (next_moment_.count() == 0) since_ = Clock::now();
  next_moment_ = next_moment_.count() == 0 ? first_nap : longer(next_moment_);
  static_cast<void>(watch_.wait(next_moment_));
  return !is_over();
}

void Pause::begin(const Scene& scene) {
  watch_.on(scene.watched);
  next_moment_ = microseconds(0);
  next_nap_ = first_quiet_nap;
  since_ = Clock::now();
  due_ = since_ + between_surveys;
  if (end_) due_ = std::min(due_, *end_);
}

void Pause::nap() {
  const auto left = std::chrono::ceil<microseconds>(due_ - Clock::now());
  const bool news = watch_.wait(std::clamp(left, microseconds(0), next_nap_));
  next_nap_ = news ? first_nap : longer(next_nap_);
}

bool Pause::is_due() const { return Clock::now() >= due_; }

bool Pause::is_over() const { return end_ && Clock::now() >= *end_; }

}  // namespace septet
