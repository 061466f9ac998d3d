// SPDX-License-Identifier: Apache-2.0
#include "bench/agreement.hpp"
#include "bench/contest.hpp"
#include "bench/sizes.hpp"
#include "bench/statistics.hpp"
#include "bench/table.hpp"
#include <septet/error.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <span>
#include <thread>

namespace septet::bench {
namespace {

TEST(Sizes, ARangeGrowsByItsFactorUpToItsEnd) {
  EXPECT_EQ(parse_sizes("8:64:2"), (std::vector<std::uint64_t>{8, 16, 32, 64}));
  EXPECT_EQ(parse_sizes("8:100"), (std::vector<std::uint64_t>{8, 16, 32, 64}));
  EXPECT_EQ(parse_sizes("1K:1M:32"), (std::vector<std::uint64_t>{1024, 32768, 1048576}));
}

TEST(Sizes, AListIsTakenAsItStands) {
  EXPECT_EQ(parse_sizes("64K, 8"), (std::vector<std::uint64_t>{65536, 8}));
}

TEST(Sizes, WhatIsNoneIsRefused) {
  for (const auto* text : {"", "8,", "0", "8:4", "8:64:1", "8:64:x", "1:2:3:4", "-8", "2048G"}) {
    EXPECT_THROW(static_cast<void>(parse_sizes(text)), Error) << text;
  }
}

TEST(BusFactor, IsThatOfNcclTests) {
  EXPECT_DOUBLE_EQ(bus_factor(Collective::all_reduce, 4), 1.5);
  for (const auto each : {Collective::all_gather, Collective::reduce_scatter,
                          Collective::all_to_all, Collective::gather, Collective::scatter}) {
    EXPECT_DOUBLE_EQ(bus_factor(each, 4), 0.75) << name_of(each);
  }
  for (const auto each : {Collective::broadcast, Collective::reduce, Collective::send_recv}) {
    EXPECT_DOUBLE_EQ(bus_factor(each, 4), 1) << name_of(each);
  }
}

TEST(CaseOf, RoundsDownToWholePartsButNotToNothing) {
  const auto gathered = case_of(Collective::all_gather, DataType::float32, {}, 100, 3);
  EXPECT_EQ(gathered.count, 8U);
  EXPECT_EQ(bytes_of(gathered, 3), 96U);
  EXPECT_EQ(case_of(Collective::all_to_all, DataType::float64, {}, 8, 7).count, 1U);
}

TEST(Statistics, QuantilesAreSamples) {
  std::vector<double> samples(100);
  std::iota(samples.rbegin(), samples.rend(), 1.0);
  const auto summary = summary_of(samples);
  EXPECT_EQ(summary.median, 50);
  EXPECT_EQ(summary.p99, 99);
  EXPECT_EQ(summary.least, 1);
  EXPECT_EQ(summary_of({}).median, 0);
}

TEST(Rates, AreSizeOverTimeAndThatTimesTheFactor) {
  const Case each{.count = 1'000'000};
  const auto rates = rates_of(each, {.back_to_back = {900, 1000, 1100}, .alone = {7}}, 4);
  EXPECT_DOUBLE_EQ(rates.time_us, 1000);
  EXPECT_DOUBLE_EQ(rates.algorithm_bandwidth, 4);
  EXPECT_DOUBLE_EQ(rates.bus_bandwidth, 6);
}

TEST(CountWrong, FindsEachElementThatIsNotAsItMustBe) {
  for (const auto collective : all_collectives()) {
    for (const auto type : all_data_types()) {
      const Case each{.collective = collective, .type = type, .count = 100};
      const Seat seat{.rank = 0, .ranks = 3};
      auto data = expected(each, seat, 0, 100);
      EXPECT_EQ(count_wrong(data, each, seat, 0), 0U);
      data[0] ^= std::byte{1};
      data[99 * size_of(type)] ^= std::byte{1};
      EXPECT_EQ(count_wrong(data, each, seat, 0), 2U) << name_of(collective) << name_of(type);
    }
  }
}

TEST(Expected, IsTheSumOfWhatRanksGive) {
  const Case each{.count = 50};
  const auto sums = expected(each, {.rank = 1, .ranks = 3}, 7, 43);
  std::vector<float> mine(43);
  std::vector<float> sum(43);
  for (int rank = 0; rank < 3; ++rank) {
    fill(std::as_writable_bytes(std::span(mine)), each, rank, 7);
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += mine[i];
  }
  EXPECT_TRUE(std::ranges::equal(std::as_bytes(std::span(sum)), sums));
}

TEST(PiecesToCheck, SampledTouchEveryMebibyteAndBothEnds) {
  const std::size_t elements = (10U << 20) / 4;
  const auto pieces = pieces_to_check(Check::sampled, elements, DataType::float32);
  EXPECT_EQ(pieces.size(), 11U);
  EXPECT_EQ(pieces.back().first + pieces.back().count, elements);
  std::size_t all = 0;
  for (const auto& piece : pieces_to_check(Check::full, elements, DataType::float32)) {
    all += piece.count;
  }
  EXPECT_EQ(all, elements);
  EXPECT_TRUE(pieces_to_check(Check::none, elements, DataType::float32).empty());
}

TEST(Table, SaysHowManyTimesAsLongAnotherLibraryTook) {
  Row ours{.each = {.count = 1}, .library = "septet"};
  ours.out_of_place = Figures{.back_to_back = {10}, .alone = {12}, .wrong = 0};
  Row theirs = ours;
  theirs.library = "nccl 2.28.9";
  theirs.out_of_place->back_to_back = {25};
  EXPECT_NE(text_of({ours, theirs}, 2).find("2.50"), std::string::npos);
  theirs.out_of_place = Figures{.refused = "duplicate GPU", .back_to_back = {}, .alone = {}};
  EXPECT_NE(text_of({ours, theirs}, 2).find("nccl 2.28.9: n/a: duplicate GPU"), std::string::npos);
}

/// Runs `body` once for each rank, on a thread of its own.
template <typename Body>
void with_ranks(int ranks, Body body) {
  const Token token = random_token();
  std::vector<std::jthread> threads;
  for (int rank = 0; rank < ranks; ++rank) {
    threads.emplace_back([=] {
      Communicator own({.token = token, .rank = rank, .ranks = ranks, .slice = ""});
      body(own, derived_token(token, "library", 1));
    });
  }
}

/// A library that adds one to a byte of what came out.
class Faulty : public Library {
 public:
  explicit Faulty(const Membership& membership) : right_(septet_on_host(membership)) {}
  [[nodiscard]] std::string name() const override { return "faulty"; }
  void run(std::span<const Operation> group) override {
    right_->run(group);
    auto& byte = *static_cast<std::byte*>(group.front().recv);
    byte = static_cast<std::byte>(std::to_integer<unsigned>(byte) + 1);
  }
  [[nodiscard]] bool is_exact(const Operation&, int) const override { return true; }

 private:
  std::unique_ptr<Library> right_;
};

std::vector<Row> rows_of(Communicator& ranks, Library& library, const Program& program) {
  const auto memory = host_memory();
  std::vector<std::unique_ptr<Contender>> contenders;
  contenders.push_back(contender(library, *memory, ranks));
  std::vector<Row> all;
  run(program, contenders, ranks,
      [&](const std::vector<Row>& rows) { all.insert(all.end(), rows.begin(), rows.end()); });
  return all;
}

Program small_program(std::vector<Collective> collectives) {
  return {.collectives = std::move(collectives),
          .types = {DataType::float32, DataType::bfloat16},
          .reductions = {Reduction::sum, Reduction::prod, Reduction::avg},
          .sizes = {8, 5000},
          .forms = {Form::out_of_place, Form::in_place},
          .check = Check::full,
          .iterations = 2,
          .warmup = 1};
}

TEST(Contest, FindsNothingWrongWithSeptet) {
  const auto collectives = all_collectives();
  const auto program = small_program({collectives.begin(), collectives.end()});
  with_ranks(3, [&](Communicator& ranks, const Token& token) {
    const auto library =
        septet_on_host({.token = token, .rank = ranks.rank(), .ranks = ranks.size(), .slice = ""});
    const auto rows = rows_of(ranks, *library, program);
    EXPECT_EQ(rows.size(), cases_of(program, 3).size());
    for (const auto& row : rows) {
      EXPECT_EQ(row.out_of_place->wrong, 0U) << name_of(row.each.collective);
      EXPECT_EQ(row.in_place.has_value(), can_be_in_place(row.each.collective));
      EXPECT_EQ(row.in_place.value_or(Figures{.wrong = 0}).wrong, 0U);
      EXPECT_EQ(row.out_of_place->alone.size(), 6U);
    }
  });
}

TEST(Contest, CountsTheFaultsOfAllRanks) {
  with_ranks(3, [](Communicator& ranks, const Token& token) {
    Faulty library({.token = token, .rank = ranks.rank(), .ranks = ranks.size(), .slice = ""});
    for (const auto& row : rows_of(ranks, library, small_program({Collective::all_reduce}))) {
      EXPECT_EQ(row.out_of_place->wrong, 3U);
    }
  });
}

TEST(Agreement, OneRanksRefusalIsThatOfAll) {
  with_ranks(3, [](Communicator& ranks, const Token&) {
    const auto refusal = refusal_of(ranks, [&] {
      if (ranks.rank() == 1) throw Error(ErrorKind::device, "duplicate GPU");
    });
    EXPECT_EQ(refusal, "duplicate GPU");
    EXPECT_EQ(refusal_of(ranks, [] {}), std::nullopt);
  });
}

}  // namespace
}  // namespace septet::bench
