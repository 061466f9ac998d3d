// SPDX-License-Identifier: Apache-2.0
// A rank that is many threads, as on a device: each has its own items, and none waits for another
// of its rank. In one thread of the test, which decides who does the next step.
#include "communicate/host/agent.hpp"
#include "communicate/steps/packets.hpp"
#include <septet/data_type.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

namespace septet {
namespace {

/// One of `threads` threads: items first, first + threads, and so on are its own.
class ThreadAgent : public HostAgent {
 public:
  ThreadAgent(std::size_t first, std::size_t threads)
      : first_(first), threads_(threads), next_(first) {}

  template <typename Act>
  void each(std::size_t count, const Act& act) const {
    for (std::size_t i = first_; i < count; i += threads_) act(i);
  }

  template <typename Act>
  [[nodiscard]] bool until_all(std::size_t count, const Act& act) {
    while (next_ < count && act(next_)) next_ += threads_;
    if (next_ < count) return false;
    next_ = first_;
    return true;
  }

 private:
  std::size_t first_;
  std::size_t threads_;
  std::size_t next_;
};

struct Thread {
  Thread(const Mail& mail, const ExchangePlan& plan, std::uint32_t round, std::size_t first,
         std::size_t threads)
      : agent(first, threads), steps(mail, plan, round) {}

  ThreadAgent agent;
  PacketExchange<ThreadAgent> steps;
  bool done = false;
};

struct Setting {
  OperationKind kind;
  int ranks;
  std::size_t count;    ///< Of int32.
  std::size_t offset;   ///< In bytes, of the buffers.
  std::size_t threads;  ///< Of a rank.
  std::uint32_t one_phase_words;
};

/// One collective in place, of ranks that are threads.
class InPlace {
 public:
  InPlace(const Setting& setting, unsigned seed)
      : setting_(setting),
        n_(static_cast<std::size_t>(setting.ranks)),
        packets_(2 * n_ * n_ * limits_.capacity),
        results_(packets_.size()),
        random_(seed) {
    limits_.one_phase_words = setting.one_phase_words;
    for (int rank = 0; rank < setting.ranks; ++rank) add_rank(rank);
  }

  /// One step of any thread at a time, until all are done.
  void run() {
    std::size_t left = threads_.size();
    for (int tries = 0; left > 0; ++tries) {
      ASSERT_LT(tries, 1'000'000) << "nobody moves";
      auto& one = *threads_[random_() % threads_.size()];
      if (one.done) continue;
      const Step step = one.steps.advance(one.agent);
      ASSERT_NE(step, Step::mismatch);
      one.done = step == Step::finished;
      if (one.done) --left;
    }
  }

  void expect_right() const {
    for (std::size_t rank = 0; rank < n_; ++rank) {
      for (std::size_t i = 0; i < length(); ++i) {
        ASSERT_EQ(number(rank, i), expected(rank, i))
            << name_of(setting_.kind) << " of " << setting_.count << ", " << n_ << " ranks, rank "
            << rank << ", element " << i;
      }
    }
  }

 private:
  [[nodiscard]] bool has_parts() const {
    return setting_.kind == OperationKind::all_gather ||
           setting_.kind == OperationKind::reduce_scatter;
  }
  [[nodiscard]] std::size_t length() const { return setting_.count * (has_parts() ? n_ : 1); }

  static std::int32_t initial(std::size_t rank, std::size_t i) {
    return static_cast<std::int32_t>(1000 * (rank + 1) + i);
  }
  [[nodiscard]] std::int32_t sum(std::size_t i) const {
    std::int32_t total = 0;
    for (std::size_t rank = 0; rank < n_; ++rank) total += initial(rank, i);
    return total;
  }
  [[nodiscard]] std::int32_t expected(std::size_t rank, std::size_t i) const {
    const std::size_t part = i / setting_.count;
    if (setting_.kind == OperationKind::all_gather) return initial(part, i);
    if (setting_.kind == OperationKind::reduce_scatter && part != rank) return initial(rank, i);
    if (setting_.kind == OperationKind::reduce && rank != 1) return initial(rank, i);
    return sum(i);
  }

  [[nodiscard]] std::int32_t number(std::size_t rank, std::size_t i) const {
    std::int32_t value = 0;
    std::memcpy(&value, buffers_[rank].data() + setting_.offset + 4 * i, 4);
    return value;
  }

  void add_rank(int rank) {
    const auto r = static_cast<std::size_t>(rank);
    auto& buffer = buffers_.emplace_back(setting_.offset + 4 * length());
    for (std::size_t i = 0; i < length(); ++i) {
      const std::int32_t value = initial(r, i);
      std::memcpy(buffer.data() + setting_.offset + 4 * i, &value, 4);
    }
    std::byte* all = buffer.data() + setting_.offset;
    std::byte* part = all + (has_parts() ? r * setting_.count * 4 : 0);
    Operation operation{.kind = setting_.kind,
                        .type = DataType::int32,
                        .root = 1,
                        .count = setting_.count,
                        .send = all,
                        .recv = all};
    if (setting_.kind == OperationKind::all_gather) operation.send = part;
    if (setting_.kind == OperationKind::reduce_scatter) operation.recv = part;
    mails_.push_back(std::make_unique<Mail>(
        Mail{packets_.data(), results_.data(), limits_, setting_.ranks, rank}));
    plans_.push_back(std::make_unique<ExchangePlan>(
        plan_exchange(operation, rank, setting_.ranks, {.slot_bytes = 1 << 14})));
    for (std::size_t first = 0; first < setting_.threads; ++first) {
      threads_.push_back(
          std::make_unique<Thread>(*mails_.back(), *plans_.back(), 4, first, setting_.threads));
    }
  }

  Setting setting_;
  std::size_t n_;
  PacketLimits limits_{.capacity = 300,
                       .result_capacity = 300,
                       .one_phase_words = 0,
                       .two_phases_words = 299,
                       .most_words = 299};
  std::vector<Packet> packets_;
  std::vector<Packet> results_;
  std::mt19937 random_;
  std::vector<std::vector<std::byte>> buffers_;
  std::vector<std::unique_ptr<Mail>> mails_;
  std::vector<std::unique_ptr<ExchangePlan>> plans_;
  std::vector<std::unique_ptr<Thread>> threads_;
};

TEST(PacketThreads, OfOneRankNeedNotMeetInPlaceEither) {
  for (const auto kind : {OperationKind::all_reduce, OperationKind::reduce,
                          OperationKind::all_gather, OperationKind::reduce_scatter}) {
    for (const std::uint32_t one_phase_words : {0, 299}) {
      for (unsigned seed = 0; seed < 100; ++seed) {
        const Setting setting{.kind = kind,
                              .ranks = 2 + static_cast<int>(seed % 4),
                              .count = 1 + seed % 29,
                              .offset = seed % 3,
                              .threads = 1 + seed % 5,
                              .one_phase_words = one_phase_words};
        InPlace collective(setting, seed);
        collective.run();
        collective.expect_right();
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST(PacketThreads, OfManyRanksReduceInOnePhaseAndInTwo) {
  for (const int ranks : {1, 2, 8, 9, 17, max_ranks}) {
    for (const std::size_t count : {1, 15, 16, 64, 127, 128, 129, 500}) {
      for (const std::uint32_t one_phase_words : {0, 299}) {
        InPlace collective({.kind = OperationKind::all_reduce,
                            .ranks = ranks,
                            .count = count,
                            .offset = 4,
                            .threads = 3,
                            .one_phase_words = one_phase_words},
                           1);
        collective.run();
        collective.expect_right();
        if (HasFatalFailure()) return;
      }
    }
  }
}

}  // namespace
}  // namespace septet
