// SPDX-License-Identifier: Apache-2.0
#include "lease/pause.hpp"

#include "base/text.hpp"
#include "lease/lock_file.hpp"
#include "lease/roll.hpp"

#include <algorithm>

namespace septet {
namespace {

using std::chrono::microseconds;

/// The kernel tells of a release a moment before the lock is gone: look again soon, then less and
/// less often, in the end only in case the kernel does not tell at all.
constexpr microseconds first_nap(50);
constexpr microseconds longest_nap = std::chrono::milliseconds(250);

/// How often a waiting request asks the driver, though nobody has let go of anything.
constexpr std::chrono::seconds between_surveys(5);

microseconds longer(microseconds nap) { return std::min(2 * nap, longest_nap); }

bool is_before(const std::string& ticket_file, int ticket) {
  const auto number = parse_number<int>(std::filesystem::path(ticket_file).stem().native());
  return number && *number < ticket;
}

}  // namespace

Scene scene_now(const Layout& layout, std::optional<int> behind, std::optional<int> ticket) {
  if (behind) {
    const auto file = layout.ticket(*behind);
    const auto opened = open_foreign(file);
    const bool waits = opened && is_live(opened.get());
    return {file, waits ? std::vector<std::string>{file.filename()} : std::vector<std::string>{}};
  }
  Scene scene{layout.leases(), live_names(layout.leases())};
  for (const auto& name : live_names(layout.queue())) {
    if (!ticket || is_before(name, *ticket)) scene.live.push_back(name);
  }
  return scene;
}

Pause::Pause(std::optional<std::chrono::milliseconds> limit) {
  if (limit) end_ = Clock::now() + *limit;
}

bool Pause::a_moment() {
  next_moment_ = next_moment_.count() == 0 ? first_nap : longer(next_moment_);
  static_cast<void>(watch_.wait(next_moment_));
  return !is_over();
}

void Pause::begin(const Scene& scene) {
  watch_.on(scene.watched);
  next_moment_ = microseconds(0);
  next_nap_ = first_nap;
  due_ = Clock::now() + between_surveys;
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
