// SPDX-License-Identifier: Apache-2.0
#include "sweep/journal.hpp"

#include "base/file.hpp"
#include "sweep/draw.hpp"
#include "sweep/schedule.hpp"
#include <septet/error.hpp>

#include <gmock/gmock.h>
#include <unistd.h>

#include <set>

namespace septet {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

Space space_of(int trials) {
  return {.axes = {},
          .random = {parse_random("x=uniform(0,1)")},
          .draws = static_cast<std::uint64_t>(trials),
          .seed = 1};
}

SweepEvent sweep_event(const Space& space) {
  return {.command = {"train", "{x}", "\xff"},
          .space = digest_of(space),
          .trials = size_of(space),
          .seed = space.seed,
          .at = 1.5};
}

StartEvent start_event(const Space& space, int trial, int attempt) {
  return {.trial = trial,
          .attempt = attempt,
          .slice = "MIG-1",
          .position = "0:1",
          .slot = 2,
          .seed = 4,
          .parameters = parameters_of(space, static_cast<std::size_t>(trial - 1)),
          .at = 2};
}

EndEvent end_event(int trial, int attempt, Outcome outcome) {
  return {.trial = trial,
          .attempt = attempt,
          .outcome = outcome,
          .status = 3,
          .metrics = {{"loss", {0.25, 0.125, 4}}},
          .at = 3};
}

/// A sweep of ten trials in which anything happens, as its journal has it.
std::string random_journal(const Space& space, std::uint64_t seed) {
  std::string text = print_event(sweep_event(space));
  std::map<int, int> running;
  for (std::uint64_t step = 0; step < 40; ++step) {
    const auto bits = random_bits(seed, "journal", step);
    const int trial = static_cast<int>(bits % 10) + 1;
    if (const auto found = running.find(trial); found != running.end()) {
      const auto outcome = all_outcomes[bits / 16 % all_outcomes.size()];
      text += print_event(end_event(trial, found->second, outcome));
      running.erase(found);
    } else {
      running.emplace(trial, static_cast<int>(step) + 1);
      text += print_event(start_event(space, trial, static_cast<int>(step) + 1));
    }
  }
  return text;
}

class JournalTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("journal_test." + std::to_string(::getpid()));
  const std::filesystem::path path_ = folder_ / "journal.jsonl";
};

TEST(Event, EveryKindReadsBack) {
  const auto space = space_of(3);
  for (const Event& event : {Event(sweep_event(space)), Event(start_event(space, 2, 5)),
                             Event(end_event(2, 5, Outcome::timed_out))}) {
    const auto line = print_event(event);
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    EXPECT_EQ(parse_event(line), event);
  }
}

TEST(Event, NotANumberReadsBack) {
  auto event = end_event(1, 1, Outcome::done);
  event.metrics["loss"].last = std::nan("");
  const auto back = std::get<EndEvent>(parse_event(print_event(event)));
  EXPECT_TRUE(std::isnan(back.metrics.at("loss").last));
}

TEST_F(JournalTest, WhatWasCommittedIsThereAgain) {
  const auto space = space_of(3);
  {
    Journal journal(path_);
    EXPECT_FALSE(journal.history().sweep);
    journal.append(sweep_event(space));
    journal.append(start_event(space, 1, 1));
    journal.commit();
    journal.append(end_event(1, 1, Outcome::done));
    journal.commit();
    journal.append(start_event(space, 2, 1));  // Not committed.
  }
  const Journal journal(path_);
  EXPECT_EQ(journal.history().sweep, sweep_event(space));
  EXPECT_EQ(journal.history().trials.size(), 1U);
  EXPECT_EQ(journal.history().trials.at(1).outcome, Outcome::done);
}

TEST_F(JournalTest, ASecondSweepIsTurnedAway) {
  const Journal first(path_);
  EXPECT_THAT([this] { Journal second(path_); },
              ThrowsMessage<Error>(HasSubstr("another sweep is writing")));
}

TEST_F(JournalTest, ATornLastLineIsCutAndWritingGoesOn) {
  const auto space = space_of(3);
  replace_file(path_, print_event(sweep_event(space)) + R"({"event":"sta)");
  {
    Journal journal(path_);
    journal.append(start_event(space, 1, 1));
    journal.commit();
  }
  EXPECT_EQ(read_file(path_),
            print_event(sweep_event(space)) + print_event(start_event(space, 1, 1)));
}

TEST_F(JournalTest, GarbageElsewhereIsAnErrorThatNamesTheLine) {
  const auto space = space_of(3);
  replace_file(path_, print_event(sweep_event(space)) + "garbage\n");
  EXPECT_THAT([this] { Journal journal(path_); },
              ThrowsMessage<Error>(HasSubstr("journal.jsonl, line 2: ")));
  replace_file(path_, print_event(start_event(space, 1, 1)));
  EXPECT_THAT([this] { Journal journal(path_); },
              ThrowsMessage<Error>(HasSubstr("the first event is not \"sweep\"")));
}

// The property that makes kill -9 harmless: what is left of any journal, cut at any byte, is a
// journal, and finished and left trials are all trials.
TEST_F(JournalTest, AnyPrefixIsReadableAndResumable) {
  const auto space = space_of(10);
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    const auto text = random_journal(space, seed);
    for (std::size_t cut = 0; cut <= text.size(); cut += cut < 600 ? 1 : 7) {
      History history;
      const auto whole = read_journal(text.substr(0, cut), "prefix",
                                      [&](const Event& event) { history.add(event); });
      ASSERT_LE(whole, cut);
      std::set<int> seen;
      for (const auto& work : work_left(space, history, Resume::missing)) seen.insert(work.trial);
      for (const auto& [trial, past] : history.trials) {
        if (past.outcome && is_own_end(*past.outcome)) {
          ASSERT_TRUE(seen.insert(trial).second) << "trial " << trial << " would run again";
        }
      }
      ASSERT_EQ(seen.size(), 10U) << "cut at " << cut;
    }
  }
}

}  // namespace
}  // namespace septet
