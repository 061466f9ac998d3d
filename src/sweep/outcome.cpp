// SPDX-License-Identifier: Apache-2.0
#include <septet/sweep.hpp>

namespace septet {

std::string_view name_of(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::done:
      return "done";
    case Outcome::failed:
      return "failed";
    case Outcome::timed_out:
      return "timed_out";
    case Outcome::pruned:
      return "pruned";
    case Outcome::stopped:
      return "stopped";
    case Outcome::lost:
      return "lost";
  }
  return "?";
}

bool is_own_end(Outcome outcome) noexcept {
  return outcome != Outcome::stopped && outcome != Outcome::lost;
}

bool is_failure(Outcome outcome) noexcept {
  return outcome == Outcome::failed || outcome == Outcome::timed_out;
}

void SweepWatcher::ended(const TrialEnd&, const SweepSight&) {}
void SweepWatcher::note(const std::string&) {}
void SweepWatcher::tick(const SweepSight&) {}
void SweepWatcher::paused() {}

}  // namespace septet
