// SPDX-License-Identifier: Apache-2.0
#include "communicate/cuda/combiner.hpp"

#include "base/blocked_signals.hpp"
#include "communicate/host/agent.hpp"
#include "communicate/host/bell.hpp"
#include "communicate/host/patience.hpp"
#include "communicate/host/shared_words.hpp"
#include "communicate/steps/exchange.hpp"
#include "communicate/trouble.hpp"

#include <sys/prctl.h>

#include <algorithm>
#include <chrono>

namespace septet {
namespace {

using namespace std::chrono_literals;

/// Kernels cannot wake a thread, so it looks again after ever longer sleeps.
constexpr auto shortest_sleep = 10us;
constexpr auto longest_sleep = 100us;

/// Pauses between two steps of a collective that is under way before it sleeps: about 200 us, the
/// time in which many chunks pass.
constexpr int pauses_before_sleep = 5000;

}  // namespace

Combiner::Combiner(const Board& board, const Ring& ring, std::uint64_t* begun)
    : board_(board), ring_(ring), begun_(begun) {
  const BlockedSignals blocked;
  thread_ = std::thread([this] { work(); });
}

Combiner::~Combiner() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_one();
  wake(board_.cards[static_cast<std::size_t>(ring_.rank)]);
  thread_.join();
}

std::uint32_t Combiner::add(const ExchangePlan& plan) {
  const std::lock_guard lock(mutex_);
  jobs_.push_back({plan, ++tickets_});
  changed_.notify_one();
  return tickets_;
}

void Combiner::work() {
  // Sleeps of microseconds would else be rounded up by fifty.
  ::prctl(PR_SET_TIMERSLACK, 1000, 0, 0, 0);
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stop_ || !jobs_.empty(); });
    if (stop_) return;
    const Job job = jobs_.front();
    jobs_.pop_front();
    lock.unlock();
    combine(job);
    lock.lock();
  }
}

bool Combiner::must_stop() {
  if (is_broken(board_)) return true;
  const std::lock_guard lock(mutex_);
  return stop_;
}

bool Combiner::rest(std::chrono::microseconds time) {
  RankCard& card = board_.cards[static_cast<std::size_t>(ring_.rank)];
  const auto bell = peek(card.bell);
  if (must_stop()) return false;
  sleep_until_rung(card, bell, time);
  return true;
}

bool Combiner::wait_for_begin(std::uint32_t ticket) {
  SpinBudget patience;
  auto sleep = std::chrono::microseconds(shortest_sleep);
  while (sequence_of(peek(*begun_)) != ticket) {
    if (patience.spin()) continue;
    if (!rest(sleep)) return false;
    sleep = std::min(sleep * 2, std::chrono::microseconds(longest_sleep));
  }
  return true;
}

void Combiner::combine(const Job& job) {
  if (!wait_for_begin(job.ticket)) return;
  HostAgent agent;
  Exchange<HostAgent> steps(ring_, job.plan, signature_of(peek(*begun_)),
                            {.publish = false, .combine = true, .collect = false});
  int pauses = 0;
  while (true) {
    const Step step = steps.advance(agent);
    // A mismatch is raised by the kernel, which sees it as well.
    if (step == Step::finished || step == Step::mismatch) return;
    if (step == Step::moved) pauses = 0;
    if (pauses++ < pauses_before_sleep) {
      pause_briefly();
    } else {
      if (!rest(shortest_sleep)) return;
    }
  }
}

}  // namespace septet
