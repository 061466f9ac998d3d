// SPDX-License-Identifier: Apache-2.0
#include "sweep/schedule.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace septet {
namespace {

constexpr std::chrono::milliseconds longest_delay = std::chrono::minutes(1);

bool is_wanted(const TrialHistory* before, Resume resume) {
  if (before == nullptr || !before->outcome || !is_own_end(*before->outcome)) {
    return resume != Resume::failed;
  }
  return is_failure(*before->outcome) && (resume == Resume::failed || resume == Resume::both);
}

/// The numbers of trials that ran before, found by what they tried.
class Numbers {
 public:
  Numbers(const Space& space, const History& history) {
    changed_ = history.sweep && history.sweep->space != digest_of(space);
    if (!changed_) return;
    for (const auto& [trial, past] : history.trials) {
      by_parameters_[past.parameters].push_back(trial);
      next_ = trial + 1;
    }
    // Taken from the back, so that trials which try the same keep their order.
    for (auto& [parameters, trials] : by_parameters_) std::reverse(trials.begin(), trials.end());
  }

  int number_of(const Space& space, std::size_t index) {
    if (!changed_ || space.searched) return static_cast<int>(index) + 1;
    const auto found = by_parameters_.find(digest_of(parameters_of(space, index)));
    if (found == by_parameters_.end() || found->second.empty()) return next_++;
    const int trial = found->second.back();
    found->second.pop_back();
    return trial;
  }

 private:
  bool changed_ = false;
  int next_ = 1;
  std::unordered_map<std::uint64_t, std::vector<int>> by_parameters_;
};

}  // namespace

std::vector<Work> work_left(const Space& space, const History& history, Resume resume) {
  std::vector<Work> work;
  Numbers numbers(space, history);
  const auto size = size_of(space);
  for (std::size_t index = 0; index < size; ++index) {
    const int trial = numbers.number_of(space, index);
    const auto found = history.trials.find(trial);
    const auto* before = found == history.trials.end() ? nullptr : &found->second;
    if (!is_wanted(before, resume)) continue;
    work.push_back({.index = static_cast<std::uint32_t>(index),
                    .trial = trial,
                    .attempt = before == nullptr ? 1 : before->attempts + 1});
  }
  std::sort(work.begin(), work.end(),
            [](const Work& a, const Work& b) { return a.trial < b.trial; });
  return work;
}

Schedule::Schedule(std::vector<Work> work, int retries, std::chrono::milliseconds delay)
    : work_(std::move(work)), retries_(retries), delay_(delay) {}

std::optional<Work> Schedule::next(Time now) {
  if (!later_.empty() && later_.begin()->first <= now) {
    return later_.extract(later_.begin()).mapped();
  }
  if (cursor_ < work_.size()) return work_[cursor_++];
  return {};
}

std::optional<Schedule::Time> Schedule::next_due() const {
  return later_.empty() ? std::nullopt : std::optional(later_.begin()->first);
}

bool Schedule::try_again(const Work& work, Time now) {
  auto& count = retried_[work.trial];
  if (count >= retries_) return false;
  const auto delay = std::min(delay_ * (std::int64_t{1} << std::min(count, 20)), longest_delay);
  ++count;
  later_.emplace(now + delay, Work{work.index, work.trial, work.attempt + 1});
  return true;
}

void Schedule::move(const Work& work, Time now) { later_.emplace(now, work); }

}  // namespace septet
