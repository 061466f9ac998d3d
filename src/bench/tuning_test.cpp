// SPDX-License-Identifier: Apache-2.0
#include "bench/tuning.hpp"

#include "bench/contest.hpp"
#include "bench/library.hpp"
#include <septet/error.hpp>

#include <gtest/gtest.h>

#include <thread>

namespace septet::bench {
namespace {

constexpr auto host = BufferPlace::host;

TEST(BestOf, KeepsTheUsualMannerUnlessAnotherIsFasterByMoreThanNoise) {
  const std::vector<Trial> trials{{1024, "usual", 10},     {1024, "one hop", 9.8},
                                  {16 << 10, "usual", 40}, {16 << 10, "one hop", 20},
                                  {1 << 20, "usual", 90},  {1 << 20, "64K", 60}};
  const auto lines = best_of(trials, host, 4);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(text_of(lines[0].line), "host    4     0      -    -     -      -");
  EXPECT_EQ(text_of(lines[1].line), "host    4     4K     one  -     -      -");
  EXPECT_EQ(text_of(lines[2].line), "host    4     128K   two  64    -      -");
  EXPECT_EQ(lines[1].figures, "16 KiB: 20.0 us (usual 40.0)");
}

TEST(BestOf, DoesNotTrustOneHopBeyondWhatWasMeasured) {
  const auto lines = best_of(std::vector<Trial>{{16 << 10, "one hop", 1}}, host, 2);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(text_of(lines[1].line), "host    2     32K    -    -     -      -");
}

TEST(WithLines, PutsNewLinesInPlaceOfThoseForTheSameRanks) {
  const auto four = best_of(std::vector<Trial>{{8, "128K", 1}}, host, 4);
  const auto two = best_of(std::vector<Trial>{{8, "64K", 1}}, host, 2);
  auto text = with_lines("", "t", four, "first");
  text = with_lines(text, "t", two, "second");
  EXPECT_EQ(parse_tuning(text, "t").size(), 2U);
  text = with_lines(text, "t", best_of(std::vector<Trial>{{8, "32K", 1}}, host, 4), "third");
  const auto table = parse_tuning(text, "t");
  ASSERT_EQ(table.size(), 2U);
  EXPECT_EQ(table[0], two.front().line);
  EXPECT_EQ(table[1].manner.chunk_bytes, 32U << 10);
  EXPECT_EQ(text.find("first"), std::string::npos);
  EXPECT_EQ(text.find("# host 2: second"), text.rfind("# host 2:"));
}

TEST(WithLines, LeavesAFileAloneThatIsNoTable) {
  const auto lines = best_of(std::vector<Trial>{{8, "usual", 1}}, host, 4);
  EXPECT_THROW(static_cast<void>(with_lines("precious\n", "t", lines, "")), Error);
}

/// Elements that came out wrong, of all sizes, with `candidate` on this rank.
std::uint64_t wrong_with(const Candidate& candidate, Communicator& ranks, const Token& token) {
  const auto memory = host_memory();
  const auto library =
      septet_on_host({.token = token, .rank = ranks.rank(), .ranks = ranks.size(), .slice = ""},
                     way_of(candidate, host, ranks.size()));
  std::vector<std::unique_ptr<Contender>> contenders;
  contenders.push_back(contender(*library, *memory, ranks));
  const Program program{.collectives = {Collective::all_reduce, Collective::reduce_scatter},
                        .types = {DataType::float32},
                        .reductions = {Reduction::sum},
                        .sizes = {8, 200'000},
                        .forms = {Form::in_place},
                        .check = Check::full,
                        .iterations = 1,
                        .warmup = 0};
  std::uint64_t wrong = 0;
  run(program, contenders, ranks, [&](const std::vector<Row>& rows) {
    for (const auto& row : rows) wrong += row.in_place->wrong.value_or(1);
  });
  return wrong;
}

TEST(Candidates, AreAllRightOnTheHost) {
  for (const auto& candidate : candidates_for(host)) {
    const Token common = random_token();
    const Token own = random_token();
    std::vector<std::jthread> threads;
    for (int rank = 0; rank < 3; ++rank) {
      threads.emplace_back([&, rank] {
        Communicator ranks({.token = common, .rank = rank, .ranks = 3, .slice = ""});
        EXPECT_EQ(wrong_with(candidate, ranks, own), 0U) << candidate.name;
      });
    }
  }
}

}  // namespace
}  // namespace septet::bench
