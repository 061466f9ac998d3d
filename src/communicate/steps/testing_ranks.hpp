// SPDX-License-Identifier: Apache-2.0
// All ranks of a communicator in one thread, so that a test decides who does the next step.
#pragma once

#include "communicate/host/agent.hpp"
#include "communicate/layout.hpp"
#include "communicate/steps/exchange.hpp"
#include "communicate/steps/packets.hpp"
#include <septet/operation.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace septet {

/// What each rank does in turn, with its buffers; the same kinds of operations on all ranks.
struct TestOperation {
  Operation operation;
  std::vector<std::int32_t> send;
  std::vector<std::int32_t> recv;
  std::vector<std::int32_t> expected;
};

using TestProgram = std::vector<TestOperation>;

/// One rank that runs its program of collectives, a step at a time: by packets what fits into them,
/// else through the ring. Every other rank keeps its own data at home.
class TestRank {
 public:
  TestRank(const Ring& ring, const Mail& mail, const Tuning& tuning, TestProgram program,
           std::uint32_t first_chunk)
      : ring_(ring),
        mail_(mail),
        tuning_(tuning),
        program_(std::move(program)),
        chunks_(first_chunk) {
    begin();
  }

  /// One try. Finished programs and killed ranks wait for ever.
  Step advance() {
    if (killed_ || finished()) return Step::waiting;
    const Step step = exchange_ ? exchange_->advance(agent_) : packets_->advance(agent_);
    if (step == Step::moved) ++moves_;
    if (step != Step::finished) return step;
    if (exchange_) chunks_ += plan_.chunks;
    if (packets_) ++rounds_;
    ++done_;
    begin();
    return Step::moved;
  }

  void kill() { killed_ = true; }
  [[nodiscard]] bool killed() const { return killed_; }
  [[nodiscard]] bool finished() const { return !exchange_ && !packets_; }
  [[nodiscard]] std::size_t moves() const { return moves_; }
  /// Whether it waits for `rank`, after a try in vain.
  [[nodiscard]] bool waits_for(int rank) const {
    if (packets_) return packets_->blocker() == rank;
    const auto blockers = exchange_->blockers();
    return std::ranges::count(blockers.ranks, rank) > 0;
  }
  /// How many operations have ended, and the program with its buffers.
  [[nodiscard]] std::size_t done() const { return done_; }
  [[nodiscard]] const TestProgram& program() const { return program_; }

 private:
  void begin() {
    exchange_.reset();
    packets_.reset();
    if (done_ == program_.size()) return;
    auto& next = program_[done_];
    next.operation.send = next.send.data();
    next.operation.recv = next.recv.data();
    plan_ = plan_exchange(next.operation, ring_.rank, ring_.ranks, tuning_);
    plan_.own_stays_home = ring_.rank % 2 == 1;
    if (packet_way(plan_, mail_.limits) != PacketWay::none) {
      packets_.emplace(mail_, plan_, rounds_);
    } else {
      exchange_.emplace(ring_, plan_, chunks_, Duty{});
    }
  }

  Ring ring_;
  Mail mail_;
  Tuning tuning_;
  TestProgram program_;
  ExchangePlan plan_;
  HostAgent agent_;
  std::optional<Exchange<HostAgent>> exchange_;
  std::optional<PacketExchange<HostAgent>> packets_;
  std::uint32_t chunks_;
  std::uint32_t rounds_ = 0;
  std::size_t done_ = 0;
  std::size_t moves_ = 0;
  bool killed_ = false;
};

/// The ranks of one communicator and their memory, after `first_chunk` chunks.
class TestRanks {
 public:
  TestRanks(const Capacity& capacity, const Tuning& tuning, std::vector<TestProgram> programs,
            std::uint32_t first_chunk = 0)
      : layout_(capacity), memory_((layout_.bytes() / sizeof(Page)) + 1) {
    auto* base = reinterpret_cast<std::byte*>(memory_.data());
    for (std::uint32_t back = 1; first_chunk > 0 && back <= capacity.slots; ++back) {
      for (int r = 0; r < capacity.ranks; ++r) {
        set_finished(layout_.ring(base, r), first_chunk - back);
      }
    }
    for (int r = 0; r < capacity.ranks; ++r) {
      ranks_.push_back(std::make_unique<TestRank>(
          layout_.ring(base, r), layout_.mail(base, r), tuning,
          std::move(programs[static_cast<std::size_t>(r)]), first_chunk));
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
  /// Every rank has done with `chunk`, as far as this one sees.
  static void set_finished(const Ring& ring, std::uint32_t chunk) {
    const int reader = ring.readers == 1 ? 0 : ring.rank;
    for (int r = 0; r < ring.ranks; ++r) {
      ring.row(ring.finished, chunk, reader)[r].value = chunk + 1;
    }
  }

  struct alignas(4096) Page {
    std::byte bytes[4096];
  };
  SegmentLayout layout_;
  std::vector<Page> memory_;
  std::vector<std::unique_ptr<TestRank>> ranks_;
};

}  // namespace septet
