// SPDX-License-Identifier: Apache-2.0
// All ranks of a communicator in one thread, so that a test decides who does the next step.
#pragma once

#include "communicate/layout.hpp"
#include "communicate/steps/exchange.hpp"
#include "communicate/steps/message.hpp"
#include <septet/operation.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

namespace septet {

/// Steps on plain memory; knows one type and one reduction, since the steps do not care.
class PlainAgent {
 public:
  [[nodiscard]] static Look look(FlagLine* row, int from, int end, const Expectation& expected) {
    for (int rank = from; rank < end; ++rank) {
      const auto flag = std::atomic_ref(row[rank].value).load(std::memory_order_acquire);
      if (!reached(flag, expected.sequence)) return {rank, false};
      if (expected.signed_by_all && signature_of(flag) != expected.signature) return {rank, true};
    }
    return {};
  }
  static void store(FlagLine* line, std::uint64_t flag, const Description& description) {
    line->description = description;
    std::atomic_ref(line->value).store(flag, std::memory_order_release);
  }
  [[nodiscard]] static Look other_writer(FlagLine* row, int ranks, int own,
                                         std::uint32_t sequence) {
    for (int rank = 0; rank < ranks; ++rank) {
      if (rank == own) continue;
      const auto flag = std::atomic_ref(row[rank].value).load(std::memory_order_acquire);
      if (sequence_of(flag) == sequence) return {rank, true};
    }
    return {};
  }

  static void copy(std::byte* to, const std::byte* from, std::size_t bytes) {
    if (bytes > 0) std::memmove(to, from, bytes);
  }
  static void scale(std::byte* to, const std::byte* from, std::size_t count, DataType /*type*/,
                    const void* factor) {
    std::int32_t by = 0;
    std::memcpy(&by, factor, sizeof by);
    for (std::size_t i = 0; i < count; ++i) put(to, i, by * at(from, i));
  }
  static void reduce(std::byte* to, const std::byte* first, std::size_t stride_bytes, int ranks,
                     std::size_t count, DataType /*type*/, Reduction /*sum*/) {
    for (std::size_t i = 0; i < count; ++i) {
      std::int32_t sum = 0;
      for (int r = 0; r < ranks; ++r) {
        sum += at(first + static_cast<std::size_t>(r) * stride_bytes, i);
      }
      put(to, i, sum);
    }
  }

 private:
  static std::int32_t at(const std::byte* from, std::size_t i) {
    std::int32_t value = 0;
    std::memcpy(&value, from + i * sizeof value, sizeof value);
    return value;
  }
  static void put(std::byte* to, std::size_t i, std::int32_t value) {
    std::memcpy(to + i * sizeof value, &value, sizeof value);
  }
};

/// What each rank does in turn, with its buffers; the same kinds of operations on all ranks.
struct TestOperation {
  Operation operation;
  std::vector<std::int32_t> send;
  std::vector<std::int32_t> recv;
  std::vector<std::int32_t> expected;
};

using TestProgram = std::vector<TestOperation>;

/// One rank that runs its program of collectives, a step at a time.
class TestRank {
 public:
  TestRank(const Ring& ring, const Tuning& tuning, TestProgram program)
      : ring_(ring), tuning_(tuning), program_(std::move(program)) {
    begin();
  }

  /// One try. Finished programs and killed ranks wait for ever.
  Step advance() {
    if (killed_ || !exchange_) return Step::waiting;
    const Step step = exchange_->advance(agent_);
    if (step == Step::moved) ++moves_;
    if (step != Step::finished) return step;
    position_ += plan_.chunks;
    ++done_;
    begin();
    return Step::moved;
  }

  void kill() { killed_ = true; }
  [[nodiscard]] bool killed() const { return killed_; }
  [[nodiscard]] bool finished() const { return !exchange_; }
  [[nodiscard]] std::size_t moves() const { return moves_; }
  [[nodiscard]] int blocker() const { return exchange_->blocker(); }
  /// How many operations have ended, and the program with its buffers.
  [[nodiscard]] std::size_t done() const { return done_; }
  [[nodiscard]] const TestProgram& program() const { return program_; }

 private:
  void begin() {
    exchange_.reset();
    if (done_ == program_.size()) return;
    auto& next = program_[done_];
    next.operation.send = next.send.data();
    next.operation.recv = next.recv.data();
    plan_ = plan_exchange(next.operation, ring_.rank, ring_.ranks, tuning_);
    exchange_.emplace(ring_, plan_, position_, Duty{});
  }

  Ring ring_;
  Tuning tuning_;
  TestProgram program_;
  ExchangePlan plan_;
  PlainAgent agent_;
  std::optional<Exchange<PlainAgent>> exchange_;
  std::uint32_t position_ = 0;
  std::size_t done_ = 0;
  std::size_t moves_ = 0;
  bool killed_ = false;
};

/// The ranks of one communicator and their memory.
class TestRanks {
 public:
  TestRanks(const Capacity& capacity, const Tuning& tuning, std::vector<TestProgram> programs)
      : layout_(capacity), memory_((layout_.bytes() / sizeof(Page)) + 1) {
    auto* base = reinterpret_cast<std::byte*>(memory_.data());
    for (int r = 0; r < capacity.ranks; ++r) {
      ranks_.push_back(std::make_unique<TestRank>(
          layout_.ring(base, r), tuning, std::move(programs[static_cast<std::size_t>(r)])));
    }
  }

  [[nodiscard]] std::size_t size() const { return ranks_.size(); }
  [[nodiscard]] TestRank& operator[](std::size_t rank) { return *ranks_[rank]; }

  /// Whether any rank can do a step; does the first such step it finds, from `first` on.
  bool advance_any(std::size_t first) {
    for (std::size_t i = 0; i < ranks_.size(); ++i) {
      if (ranks_[(first + i) % ranks_.size()]->advance() == Step::moved) return true;
    }
    return false;
  }

 private:
  struct alignas(4096) Page {
    std::byte bytes[4096];
  };
  Layout layout_;
  std::vector<Page> memory_;
  std::vector<std::unique_ptr<TestRank>> ranks_;
};

}  // namespace septet
