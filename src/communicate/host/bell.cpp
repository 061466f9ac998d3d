// SPDX-License-Identifier: Apache-2.0
#include "communicate/host/bell.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <ctime>

namespace septet {
namespace {

/// Shared futexes: the word lies in memory of several processes.
void futex_wake(std::uint32_t* word) noexcept {
  ::syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

void futex_wait(std::uint32_t* word, std::uint32_t value,
                std::chrono::microseconds limit) noexcept {
  const timespec time{.tv_sec = limit.count() / 1'000'000,
                      .tv_nsec = limit.count() % 1'000'000 * 1000};
  ::syscall(SYS_futex, word, FUTEX_WAIT, value, &time, nullptr, 0);
}

}  // namespace

void wake(RankCard& card) noexcept {
  std::atomic_ref(card.bell).fetch_add(1, std::memory_order_release);
  futex_wake(&card.bell);
}

void wake_waiters_of(const Board& board, int rank) noexcept {
  fence();
  for (auto& card : board.cards) {
    const auto waits_for = std::atomic_ref(card.asleep).load(std::memory_order_relaxed);
    if (waits_for == 0) continue;
    if (waits_for == any_rank || waits_for == static_cast<std::uint32_t>(rank) + 1) wake(card);
  }
}

void wake_all(const Board& board) noexcept {
  for (auto& card : board.cards) wake(card);
}

void sleep_until_rung(RankCard& card, std::uint32_t bell,
                      std::chrono::microseconds limit) noexcept {
  futex_wait(&card.bell, bell, limit);
}

Sleep::Sleep(RankCard& mine, std::uint32_t waits_for) noexcept
    : mine_(mine), bell_(std::atomic_ref(mine.bell).load(std::memory_order_acquire)) {
  std::atomic_ref(mine_.asleep).store(waits_for, std::memory_order_relaxed);
  fence();
}

Sleep::~Sleep() { std::atomic_ref(mine_.asleep).store(0, std::memory_order_relaxed); }

void Sleep::until_woken(std::chrono::microseconds limit) noexcept {
  sleep_until_rung(mine_, bell_, limit);
}

}  // namespace septet
