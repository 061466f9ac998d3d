// SPDX-License-Identifier: Apache-2.0
// How host threads sleep until another rank has moved, and how they are woken.
#pragma once

#include "communicate/board.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>

namespace septet {

/// Everything that this thread stored is seen by others before it loads anything more.
inline void fence() noexcept {
#ifdef __SANITIZE_THREAD__
  // Thread sanitizer knows no fences; an exchange of a word of one's own does as well on x86.
  std::atomic<int> word{0};
  word.exchange(1, std::memory_order_seq_cst);
#else
  std::atomic_thread_fence(std::memory_order_seq_cst);
#endif
}

/// Wakes the ranks that sleep until `rank` moves. Cheap when none does. To be called after every
/// step that moved.
void wake_waiters_of(const Board& board, int rank) noexcept;

/// Wakes every rank that sleeps.
void wake_all(const Board& board) noexcept;

/// Wakes the sleeper of this card, whomever it waits for.
void wake(RankCard& card) noexcept;

/// Sleeps until the card's bell is rung, unless it has been since it was `bell`, or for `limit`.
/// May also return for no reason.
void sleep_until_rung(RankCard& card, std::uint32_t bell, std::chrono::microseconds limit) noexcept;

/// The sleep of one rank, in two steps: between them the caller tries once more, so that what moved
/// before the announcement is not missed.
class Sleep {
 public:
  /// Announces that this rank is about to sleep until `waits_for` (a rank + 1, or any_rank) moves.
  Sleep(RankCard& mine, std::uint32_t waits_for) noexcept;
  Sleep(const Sleep&) = delete;
  Sleep& operator=(const Sleep&) = delete;

  /// Takes the announcement back.
  ~Sleep();

  /// Sleeps until woken since the announcement, or for `limit`. May also return for no reason.
  void until_woken(std::chrono::microseconds limit) noexcept;

 private:
  RankCard& mine_;
  std::uint32_t bell_;
};

}  // namespace septet
