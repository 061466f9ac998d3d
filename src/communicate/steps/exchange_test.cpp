// SPDX-License-Identifier: Apache-2.0
#include "communicate/steps/exchange.hpp"

#include "communicate/steps/testing_ranks.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

namespace septet {
namespace {

using Numbers = std::vector<std::int32_t>;

constexpr std::array collectives{OperationKind::barrier,    OperationKind::all_reduce,
                                 OperationKind::reduce,     OperationKind::broadcast,
                                 OperationKind::all_gather, OperationKind::reduce_scatter};

/// Small enough that some dozen elements take many chunks and go round the ring; no packets.
/// Sums go back into the slots.
Capacity tiny(int ranks) {
  return {.ranks = ranks,
          .slots = 2,
          .has_results = false,
          .slot_bytes = 128 * static_cast<std::size_t>(ranks),
          .packets = {}};
}

Capacity with_results(int ranks) {
  Capacity capacity = tiny(ranks);
  capacity.has_results = true;
  return capacity;
}

/// As with_results, with flags for each reader, and packets for up to 32 numbers. All-reduces of
/// more than 4 go in two phases.
Capacity with_packets(int ranks) {
  Capacity capacity = with_results(ranks);
  capacity.flag_readers = ranks;
  capacity.packets = {.capacity = 17,
                      .result_capacity = 16,
                      .one_phase_words = 2,
                      .two_phases_words = 16,
                      .most_words = 16};
  return capacity;
}

Tuning two_hops(int ranks) { return {.slot_bytes = tiny(ranks).slot_bytes, .one_hop_bytes = 0}; }

std::int32_t value(int rank, std::size_t operation, std::size_t i) {
  return static_cast<std::int32_t>(1000 * (rank + 1) + 37 * static_cast<int>(operation)) +
         static_cast<std::int32_t>(i);
}

Numbers mine(int rank, std::size_t operation, std::size_t count) {
  Numbers numbers(count);
  for (std::size_t i = 0; i < count; ++i) numbers[i] = value(rank, operation, i);
  return numbers;
}

Numbers total(int ranks, std::size_t operation, std::size_t first, std::size_t count) {
  Numbers sums(count);
  for (std::size_t i = 0; i < count; ++i) {
    for (int r = 0; r < ranks; ++r) sums[i] += value(r, operation, first + i);
  }
  return sums;
}

Numbers joined(int ranks, std::size_t operation, std::size_t count) {
  Numbers all;
  for (int r = 0; r < ranks; ++r) {
    const auto part = mine(r, operation, count);
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

/// Operation number `index` of a program, as `rank` of `ranks` does it, with what must come out.
TestOperation made(OperationKind kind, std::size_t index, std::size_t count, int root, int rank,
                   int ranks) {
  const auto n = static_cast<std::size_t>(ranks);
  const auto r = static_cast<std::size_t>(rank);
  TestOperation test{
      .operation = {.kind = kind,
                    .type = DataType::int32,
                    .root = root,
                    .count = kind == OperationKind::barrier ? 0 : count},
      .send = mine(rank, index, kind == OperationKind::reduce_scatter ? n * count : count),
      .recv = {},
      .expected = {}};
  switch (kind) {
    case OperationKind::all_reduce:
      test.expected = total(ranks, index, 0, count);
      break;
    case OperationKind::reduce:
      test.expected = rank == root ? total(ranks, index, 0, count) : Numbers(count, -1);
      break;
    case OperationKind::broadcast:
      test.expected = mine(root, index, count);
      break;
    case OperationKind::all_gather:
      test.expected = joined(ranks, index, count);
      break;
    case OperationKind::reduce_scatter:
      test.expected = total(ranks, index, r * count, count);
      break;
    default:
      break;
  }
  test.recv.assign(test.expected.size(), -1);
  return test;
}

struct Call {
  OperationKind kind;
  std::size_t count;
  int root;
};

std::vector<TestProgram> programs(const std::vector<Call>& calls, int ranks) {
  std::vector<TestProgram> all(static_cast<std::size_t>(ranks));
  for (std::size_t i = 0; i < calls.size(); ++i) {
    for (int r = 0; r < ranks; ++r) {
      all[static_cast<std::size_t>(r)].push_back(
          made(calls[i].kind, i, calls[i].count, calls[i].root, r, ranks));
    }
  }
  return all;
}

std::vector<Call> random_calls(std::mt19937& random, int ranks, std::size_t length) {
  std::vector<Call> calls;
  for (std::size_t i = 0; i < length; ++i) {
    const std::size_t most = random() % 2 == 0 ? 200 : 20;
    calls.push_back({collectives[random() % collectives.size()], 1 + random() % most,
                     static_cast<int>(random() % static_cast<unsigned>(ranks))});
  }
  return calls;
}

/// What every rank that ended an operation got of it.
void expect_right(TestRanks& ranks) {
  for (std::size_t r = 0; r < ranks.size(); ++r) {
    for (std::size_t i = 0; i < ranks[r].done(); ++i) {
      const auto& test = ranks[r].program()[i];
      ASSERT_EQ(test.recv, test.expected)
          << "rank " << r << ", operation " << i << ", " << name_of(test.operation.kind);
    }
  }
}

bool all_finished(TestRanks& ranks) {
  for (std::size_t r = 0; r < ranks.size(); ++r) {
    if (!ranks[r].finished()) return false;
  }
  return true;
}

bool all_finished_but(TestRanks& ranks, std::size_t victim) {
  for (std::size_t r = 0; r < ranks.size(); ++r) {
    if (r != victim && !ranks[r].finished()) return false;
  }
  return true;
}

/// Whether somebody is held up by `victim`: nobody else's watch helps those who wait.
bool somebody_names(TestRanks& ranks, std::size_t victim) {
  for (std::size_t r = 0; r < ranks.size(); ++r) {
    const bool waits = r != victim && !ranks[r].finished();
    if (waits && ranks[r].waits_for(static_cast<int>(victim))) return true;
  }
  return false;
}

TEST(Exchange, EveryCollectiveComesOutRightInAnyOrderOfSteps) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    const int n = 1 + static_cast<int>(random() % 5);
    Tuning tuning = two_hops(n);
    tuning.one_hop_bytes = random() % 2 == 0 ? 0 : 400;
    const std::array capacities{tiny(n), with_results(n), with_packets(n)};
    TestRanks ranks(capacities[random() % capacities.size()], tuning,
                    programs(random_calls(random, n, 8), n));
    while (ranks.advance_any(random())) {
    }
    ASSERT_TRUE(all_finished(ranks)) << "seed " << seed;
    expect_right(ranks);
  }
}

TEST(Exchange, ComesOutRightHoweverManyChunksWentBefore) {
  // Combined flags may be as old as the communicator: one that only gathers and scatters sets none.
  for (const std::uint32_t before : {0x7fff'fffcU, 0x8000'0100U, 0xffff'fffcU}) {
    std::mt19937 random(before);
    TestRanks ranks(tiny(3), two_hops(3), programs(random_calls(random, 3, 8), 3), before);
    while (ranks.advance_any(random())) {
    }
    ASSERT_TRUE(all_finished(ranks)) << before;
    expect_right(ranks);
  }
}

TEST(Exchange, MuchAndLittleTakeTurnsThoughTheyAreToldInOtherFlags) {
  constexpr auto all_reduce = OperationKind::all_reduce;
  for (unsigned seed = 0; seed < 50; ++seed) {
    std::mt19937 random(seed);
    const int n = 2 + static_cast<int>(seed % 3);
    const std::vector<Call> calls{{all_reduce, 100, 0},
                                  {all_reduce, 12'000, 0},
                                  {OperationKind::reduce, 100, 1},
                                  {OperationKind::reduce, 12'000, 0},
                                  {all_reduce, 200, 0}};
    TestRanks ranks(seed % 2 == 0 ? tiny(n) : with_packets(n), two_hops(n), programs(calls, n));
    while (ranks.advance_any(random())) {
    }
    ASSERT_TRUE(all_finished(ranks)) << "seed " << seed;
    expect_right(ranks);
  }
}

/// Runs `calls` on two ranks, choosing who tries next by the digits of `schedule`.
void run_schedule(const Capacity& capacity, const std::vector<Call>& calls, std::uint32_t schedule,
                  int digits) {
  TestRanks ranks(capacity, two_hops(2), programs(calls, 2));
  for (int i = 0; i < digits; ++i) ranks[(schedule >> i) & 1].advance();
  while (ranks.advance_any(0)) {
  }
  ASSERT_TRUE(all_finished(ranks)) << "schedule " << schedule;
  expect_right(ranks);
}

TEST(Exchange, EveryInterleavingOfTwoRanksComesOutRight) {
  constexpr int digits = 12;
  for (const auto kind : collectives) {
    for (std::uint32_t schedule = 0; schedule < 1U << digits; ++schedule) {
      const std::vector<Call> calls{{kind, 130, 1}, {OperationKind::all_reduce, 3, 0}};
      run_schedule(tiny(2), calls, schedule, digits);
      run_schedule(with_results(2), calls, schedule, digits);
    }
  }
}

TEST(PacketExchange, EveryInterleavingOfTwoRanksComesOutRight) {
  constexpr int digits = 12;
  for (const auto kind : collectives) {
    for (std::uint32_t schedule = 0; schedule < 1U << digits; ++schedule) {
      const Call call{kind, 7, 1};
      run_schedule(with_packets(2), {call, call, call, {OperationKind::barrier, 0, 0}}, schedule,
                   digits);
    }
  }
}

TEST(PacketExchange, EveryInterleavingOfOneAndTwoPhasesComesOutRight) {
  constexpr auto all_reduce = OperationKind::all_reduce;
  constexpr int digits = 14;
  for (std::uint32_t schedule = 0; schedule < 1U << digits; ++schedule) {
    run_schedule(with_packets(2),
                 {{all_reduce, 7, 0}, {all_reduce, 3, 0}, {all_reduce, 31, 0}, {all_reduce, 5, 0}},
                 schedule, digits);
  }
}

/// Kills each rank at each of its steps.
void expect_others_waiting_or_right(const Capacity& capacity) {
  const int n = capacity.ranks;
  const std::vector<Call> calls{
      {OperationKind::all_reduce, 1000, 0}, {OperationKind::all_reduce, 20, 0},
      {OperationKind::broadcast, 9, 1},     {OperationKind::broadcast, 90, 1},
      {OperationKind::reduce, 150, n - 1},  {OperationKind::reduce_scatter, 70, 0},
      {OperationKind::all_gather, 60, 0}};
  for (std::size_t victim = 0; victim < static_cast<std::size_t>(n); ++victim) {
    bool outlived = false;
    for (std::size_t step = 0; !outlived; ++step) {
      std::mt19937 random(static_cast<unsigned>(step));
      TestRanks ranks(capacity, two_hops(n), programs(calls, n));
      do {
        if (ranks[victim].moves() == step) ranks[victim].kill();
      } while (ranks.advance_any(random()));
      outlived = !ranks[victim].killed();
      expect_right(ranks);
      EXPECT_TRUE(outlived || all_finished_but(ranks, victim) || somebody_names(ranks, victim))
          << "victim " << victim << " of " << n << ", step " << step;
    }
  }
}

TEST(Exchange, ARankThatDiesAtAnyStepLeavesTheOthersWaitingOrRight) {
  expect_others_waiting_or_right(tiny(2));
  expect_others_waiting_or_right(with_packets(3));
}

/// Every call of 40 or 41 elements, from every root where that matters.
std::vector<Call> different_calls() {
  std::vector<Call> calls{{OperationKind::barrier, 0, 0}};
  for (const auto kind : collectives) {
    if (kind == OperationKind::barrier) continue;
    const bool rooted = kind == OperationKind::reduce || kind == OperationKind::broadcast;
    for (const std::size_t count : {40, 41}) {
      for (int root = 0; root < (rooted ? 2 : 1); ++root) calls.push_back({kind, count, root});
    }
  }
  return calls;
}

/// Two ranks that call different things: one is told, and none believes that it has what is due to
/// it. Only the root of a broadcast needs nothing of others.
void expect_told(const Capacity& capacity, const std::array<Call, 2>& calls, std::size_t first) {
  std::vector<TestProgram> mixed{programs({calls[0]}, 2)[0], programs({calls[1]}, 2)[1]};
  TestRanks ranks(capacity, two_hops(2), std::move(mixed));
  std::array<bool, 2> told{};
  for (std::size_t i = first; i < first + 50; ++i) {
    if (!told[i % 2]) told[i % 2] = ranks[i % 2].advance() == Step::mismatch;
  }
  EXPECT_TRUE(told[0] || told[1]) << name_of(calls[0].kind) << ", " << name_of(calls[1].kind);
  for (std::size_t r = 0; r < 2; ++r) {
    const bool gives =
        calls[r].kind == OperationKind::broadcast && std::cmp_equal(calls[r].root, r);
    if (gives && capacity.packets.capacity == 0) continue;
    EXPECT_FALSE(ranks[r].finished())
        << name_of(calls[r].kind) << " beside " << name_of(calls[1 - r].kind);
  }
}

/// Two broadcasts in which each rank takes the other for the root: there is nothing to see in any
/// flag. Who waits is told by the cards.
bool is_without_root(const Call& of_0, const Call& of_1) {
  constexpr auto broadcast = OperationKind::broadcast;
  return of_0.kind == broadcast && of_1.kind == broadcast && of_0.root == 1 && of_1.root == 0;
}

TEST(Exchange, DifferentCallsAreTold) {
  const auto calls = different_calls();
  const Capacity one_phase{.ranks = 2, .slot_bytes = 256, .packets = {200, 200, 100, 100, 100}};
  const Capacity two_phases{.ranks = 2, .slot_bytes = 256, .packets = {200, 200, 2, 100, 100}};
  for (const auto& capacity : {tiny(2), one_phase, two_phases}) {
    for (std::size_t one = 0; one < calls.size(); ++one) {
      for (std::size_t other = 0; other < calls.size(); ++other) {
        if (one == other || is_without_root(calls[one], calls[other])) continue;
        for (const std::size_t first : {0, 1}) {
          expect_told(capacity, {calls[one], calls[other]}, first);
        }
      }
    }
  }
}

/// Rank 0 is two agents that take every other chunk, and a third that only combines.
void share_chunks(const Call& call, const Tuning& tuning) {
  const SegmentLayout layout(tiny(2));
  std::vector<std::byte> memory(layout.bytes() + 4096);
  auto* base = memory.data() + (4096 - reinterpret_cast<std::uintptr_t>(memory.data()) % 4096);
  std::array<TestOperation, 2> tests{programs({call}, 2)[0][0], programs({call}, 2)[1][0]};
  const std::array rings{layout.ring(base, 0), layout.ring(base, 1)};
  std::array<ExchangePlan, 2> plans;
  for (std::size_t i = 0; i < 2; ++i) {
    tests[i].operation.send = tests[i].send.data();
    tests[i].operation.recv = tests[i].recv.data();
    plans[i] = plan_exchange(tests[i].operation, rings[i].rank, 2, tuning);
  }
  HostAgent agent;
  std::vector<Exchange<HostAgent>> agents;
  agents.emplace_back(rings[0], plans[0], 0, Duty{true, false, true, 0, 2});
  agents.emplace_back(rings[0], plans[0], 0, Duty{true, false, true, 1, 2});
  agents.emplace_back(rings[0], plans[0], 0, Duty{false, true, false, 0, 1});
  agents.emplace_back(rings[1], plans[1], 0, Duty{});
  std::mt19937 random(1);
  for (std::size_t left = 20000; left > 0; --left) agents[random() % 4].advance(agent);
  for (auto& each : agents) EXPECT_EQ(each.advance(agent), Step::finished);
  for (const auto& test : tests) EXPECT_EQ(test.recv, test.expected) << name_of(call.kind);
}

TEST(Exchange, AgentsOfOneRankShareItsChunks) {
  Tuning one_hop = two_hops(2);
  one_hop.one_hop_bytes = 1 << 20;
  for (const auto kind : collectives) {
    for (const int root : {0, 1}) {
      share_chunks({kind, 500, root}, two_hops(2));
      share_chunks({kind, 500, root}, one_hop);
    }
  }
}

}  // namespace
}  // namespace septet
