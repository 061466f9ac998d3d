// SPDX-License-Identifier: Apache-2.0
#include "communicate/host/run.hpp"

#include "communicate/host/bell.hpp"
#include "communicate/host/patience.hpp"
#include "communicate/host/shared_words.hpp"
#include "communicate/while_waiting.hpp"
#include <septet/error.hpp>

#include <bitset>
#include <chrono>
#include <cstddef>
#include <deque>
#include <span>
#include <vector>

namespace septet {
namespace {

using std::chrono::steady_clock;

/// More than a small collective has, of which to ask for the time would take a tenth. Source:
/// docs/performance.md, Collectives on the host.
constexpr unsigned moves_of_a_beat = 4;

/// One communicator whose lanes are under way on this thread.
class Run {
 public:
  /// Requires: the first of `group` is what is shown.
  Run(const HostGroup& group, Lanes& lanes)
      : state_(*group.state),
        shown_(group.shown),
        on_own_thread_(group.on_own_thread),
        first_(describe(group.operations.front())),
        lanes_(lanes),
        ended_before_(lanes.count_ended()) {
    if (shown_) state_.enter(group.operations.front());
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  /// What is given up half-way would leave the others waiting, and the chunks out of step.
  ~Run() {
    if (begun_ && !ended_) state_.give_up(first_);
    if (shown_ && (ended_ || !begun_)) state_.leave_operation();
  }

  /// One try; whoever waits for this rank is woken when it moved.
  Step advance() {
    if (ended_) return Step::finished;
    begun_ = true;
    const Step step = lanes_.advance();
    if (step == Step::mismatch) fail_by_mismatch();
    if (step != Step::waiting) {
      if (++moves_ % moves_of_a_beat == 0) state_.beat();
      wake_waiters_of(state_.board(), state_.membership().rank);
    }
    ended_ = step == Step::finished;
    return step;
  }

  /// After a try in vain: throws when waiting is in vain as well. Returns whether to try once more
  /// before any sleep: what a rank did before it went may be seen only now.
  [[nodiscard]] bool examine(steady_clock::time_point waiting_since) {
    if (ended_) return false;
    state_.beat();
    state_.check();
    if (on_own_thread_) look_after_caller(state_.membership());
    bool again = false;
    const auto obstacles = lanes_.obstacles();
    for (const auto& obstacle : obstacles) {
      if (obstacle.is_mismatch) fail(Trouble::mismatch, obstacle);
      const Trouble trouble = state_.gone(obstacle.rank);
      if (trouble == Trouble::none) continue;
      const auto rank = static_cast<std::size_t>(obstacle.rank);
      if (seen_gone_.test(rank)) fail(trouble, obstacle);
      seen_gone_.set(rank);
      again = true;
    }
    const auto limit = state_.operation_limit();
    const bool is_over = limit.count() > 0 && steady_clock::now() - waiting_since > limit;
    if (is_over && !obstacles.empty()) fail(Trouble::time_limit, obstacles.front());
    return again;
  }

  /// Whether a lane has ended in this run.
  [[nodiscard]] bool has_ended_one() const { return lanes_.count_ended() > ended_before_; }
  /// The rest is for another run.
  void leave_rest() { ended_ = true; }

  [[nodiscard]] RankCard& card() const { return state_.card(); }
  [[nodiscard]] std::uint32_t waits_for() const { return lanes_.waits_for(); }
  [[nodiscard]] SpinBudget& patience() { return state_.patience; }

 private:
  [[noreturn]] void fail(Trouble trouble, const Obstacle& obstacle) {
    state_.raise({trouble, obstacle.rank, obstacle.mine, obstacle.theirs});
    state_.check();
    throw Error(ErrorKind::internal, "a broken communicator looks whole");
  }
  void fail_by_mismatch() { fail(Trouble::mismatch, lanes_.mismatch()); }

  CommunicatorState& state_;
  bool shown_;
  bool on_own_thread_;
  Description first_;
  Lanes& lanes_;
  std::size_t ended_before_;
  unsigned moves_ = 0;
  bool begun_ = false;
  bool ended_ = false;
  std::bitset<max_ranks> seen_gone_;
};

using Runs = std::span<Run* const>;

/// One round over all communicators.
Step advance_all(Runs runs) {
  bool moved = false;
  bool all_ended = true;
  for (Run* run : runs) {
    const Step step = run->advance();
    moved |= step == Step::moved;
    all_ended &= step == Step::finished;
  }
  if (all_ended) return Step::finished;
  return moved ? Step::moved : Step::waiting;
}

/// Sleeps until the rank that is waited for moves. With several communicators there is no one bell
/// to wait for, so the sleep is short.
Step sleep_once(Runs runs) {
  using namespace std::chrono_literals;
  auto& first = *runs.front();
  const bool several = runs.size() > 1;
  Sleep sleep(first.card(), several ? any_rank : first.waits_for());
  const Step step = advance_all(runs);
  if (step == Step::waiting) sleep.until_woken(several ? 200us : 50ms);
  return step;
}

/// Until all have ended, or, after a try in vain, `is_enough`.
template <typename IsEnough>
void run_all(Runs runs, const IsEnough& is_enough) {
  auto& patience = runs.front()->patience();
  while (true) {
    Step step = advance_all(runs);
    if (step == Step::finished) return;
    if (step == Step::moved) {
      patience.moved();
      continue;
    }
    if (is_enough()) return;
    if (patience.spin()) continue;
    bool again = false;
    for (Run* run : runs) again |= run->examine(patience.since());
    if (again) continue;
    step = sleep_once(runs);
    if (step == Step::finished) return;
    if (step == Step::moved) patience.moved();
  }
}

bool never() { return false; }

/// Without memory for lists, which takes 20 of 300 ns.
void run_one(const HostGroup& group) {
  Lanes lanes(*group.passage, group.operations);
  Run run(group, lanes);
  Run* const one = &run;
  run_all({&one, 1}, never);
}

}  // namespace

void run_on_host(std::span<const HostGroup> groups) {
  if (groups.size() == 1) return run_one(groups.front());
  std::deque<Lanes> lanes;
  std::deque<Run> all;
  std::vector<Run*> runs;
  for (const auto& group : groups) {
    lanes.emplace_back(*group.passage, group.operations);
    runs.push_back(&all.emplace_back(group, lanes.back()));
  }
  run_all(runs, never);
}

void run_lanes(const HostLanes& what, Until until) {
  const HostGroup group{.state = what.state,
                        .passage = &what.state->passage(),
                        .operations = {&what.shown, 1},
                        .on_own_thread = false};
  Run run(group, *what.lanes);
  Run* const one = &run;
  run_all({&one, 1}, [&] { return until == Until::one_has_ended && run.has_ended_one(); });
  run.leave_rest();
}

}  // namespace septet
