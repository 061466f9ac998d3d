// SPDX-License-Identifier: Apache-2.0
#include "communicate/cuda/keeper.hpp"

#include "base/blocked_signals.hpp"
#include "communicate/deadline.hpp"
#include "communicate/host/bell.hpp"
#include "communicate/host/shared_words.hpp"

#include <poll.h>

namespace septet {
namespace {

using namespace std::chrono_literals;

/// Between two looks at an operation that may have to be ended, and without one.
constexpr auto short_sleep = 50ms;
constexpr auto long_sleep = std::chrono::hours(1);

/// More than the thread needs to wake and ask the device.
constexpr auto answer_takes = 20ms;

}  // namespace

Keeper::Keeper(CommunicatorState& state, int device, const std::uint32_t* kernels_run_on_device)
    : state_(state), device_(device), kernels_(kernels_run_on_device, &state.card().kernels_run) {
  const BlockedSignals blocked;
  thread_ = std::thread([this] { work(); });
}

Keeper::~Keeper() {
  stop_ = true;
  wake(state_.card());
  thread_.join();
}

void Keeper::note_enqueued() noexcept {
  if (first_gone() >= 0) wake(state_.card());
}

void Keeper::work() {
  cudaSetDevice(device_);
  while (true) {
    const std::uint32_t bell = peek(state_.card().bell);
    if (stop_) return;
    look();
    sleep_until_rung(state_.card(), bell, watches() ? short_sleep : long_sleep);
  }
}

bool Keeper::watches() const noexcept {
  if (is_broken(state_.board())) return !has_settled_;
  return state_.operation_limit().count() > 0 || first_gone() >= 0;
}

bool Keeper::await_settled() noexcept {
  const Deadline deadline(answer_takes);
  wake(state_.card());  // Who broke the communicator may have died before it did that.
  while (!has_settled_ && !deadline.is_over()) ::poll(nullptr, 0, 1);
  return has_settled_;
}

bool Keeper::is_under_way() const noexcept {
  return peek(state_.card().finished) < peek(state_.card().entered);
}

/// Host functions, where they do what kernels else do, say themselves what has ended.
void Keeper::settle() noexcept {
  auto& card = state_.card();
  auto finished = peek(card.finished);
  const auto entered = peek(card.entered);
  if (finished == entered || kernels_.ask() != static_cast<std::uint32_t>(entered)) return;
  std::atomic_ref(card.finished).compare_exchange_strong(finished, entered);
}

int Keeper::first_gone() const noexcept {
  for (const auto& member : state_.members()) {
    if (member.rank == state_.membership().rank) continue;
    if (state_.gone(member.rank) != Trouble::none) return member.rank;
  }
  return -1;
}

int Keeper::first_behind() const noexcept {
  const auto mine = peek(state_.card().entered);
  for (const auto& member : state_.members()) {
    const auto& card = state_.board().cards[static_cast<std::size_t>(member.rank)];
    if (peek(card.entered) < mine) return member.rank;
  }
  return state_.membership().rank;
}

void Keeper::look() {
  if (!watches()) return;
  const bool breaks = is_broken(state_.board());
  settle();
  if (breaks) {
    has_settled_ = true;
    return;
  }
  state_.tell_ends();
  if (!is_under_way()) {
    watched_ = 0;
    return;
  }
  // Kernels cannot tell the time; whether this process runs at all is seen here.
  state_.beat();
  const auto now = Clock::now();
  if (watched_ != peek(state_.card().entered)) {
    watched_ = peek(state_.card().entered);
    since_ = now;
  }
  const int gone = first_gone();
  if (gone >= 0 && now - since_ > grace) raise(state_.gone(gone), gone);
  const auto limit = state_.operation_limit();
  if (limit.count() > 0 && now - since_ > limit) raise(Trouble::time_limit, first_behind());
}

void Keeper::raise(Trouble trouble, int culprit) noexcept {
  const auto& theirs = state_.board().cards[static_cast<std::size_t>(culprit)];
  state_.raise({trouble, culprit, peek(state_.card().operation), peek(theirs.operation)});
}

}  // namespace septet
