// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/board.hpp"
#include "communicate/steps/plan.hpp"
#include "communicate/steps/ring.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <thread>

namespace septet {

/// A host thread that does this rank's combining of collectives whose other steps run on the
/// device: one place adds, so the link carries each byte once each way. Asleep while nothing is
/// enqueued.
class Combiner {
 public:
  /// `begun`: the word where kernels tell the number of their first chunk. All by the host's
  /// addresses, and longer-lived than this.
  Combiner(const Board& board, const Ring& ring, std::uint64_t* begun);
  Combiner(const Combiner&) = delete;
  Combiner& operator=(const Combiner&) = delete;
  /// Gives up what is under way. Requires: no kernel waits for it any more, or all will be told to
  /// give up.
  ~Combiner();

  /// Will combine for the collective of this plan, once its kernel has begun. Returns the ticket by
  /// which the kernel is to tell it. Any thread.
  [[nodiscard]] std::uint32_t add(const ExchangePlan& plan);

 private:
  struct Job {
    ExchangePlan plan;
    std::uint32_t ticket = 0;
  };

  void work();
  void combine(const Job& job);
  [[nodiscard]] bool wait_for_begin(std::uint32_t ticket);
  [[nodiscard]] bool must_stop();
  /// Sleeps for a while, or until the communicator breaks. Returns whether to go on.
  [[nodiscard]] bool rest(std::chrono::microseconds time);

  Board board_;
  Ring ring_;
  std::uint64_t* begun_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  std::uint32_t tickets_ = 0;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace septet
