// SPDX-License-Identifier: Apache-2.0
#include "cli/sweep_view.hpp"

#include <gmock/gmock.h>

#include <sstream>

namespace septet::cli {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

const std::chrono::system_clock::time_point now{};

SweepSight half_done() {
  SweepSight sight;
  sight.trials = 12;
  sight.done = 5;
  sight.failed = 1;
  sight.running = 1;
  sight.waiting = 5;
  sight.average = 10s;
  sight.best = 0.125;
  sight.best_trial = 3;
  sight.slots = {{.slot = 1,
                  .position = "0:3",
                  .trial = 7,
                  .parameters = {{"lr", "0.1"}, {"x", "a\nb"}},
                  .since = now - 72s,
                  .metric = 0.5},
                 {.slot = 2, .position = "0:4", .parameters = {}, .since = {}, .metric = {}}};
  return sight;
}

TEST(SweepView, ABarAndALineASlot) {
  EXPECT_THAT(
      progress_lines(half_done(), "loss", {.columns = 120, .rows = 24}, now),
      ElementsAre("[############............] 5/12 done, 1 failed, 1 running, about 27s "
                  "left, best loss 0.125 (trial 3)",
                  "  0:3    trial 7        1m12s  loss 0.5  lr=0.1 x=a?b", "  0:4    idle"));
}

TEST(SweepView, NoLineIsWiderThanTheTerminal) {
  for (const auto& line : progress_lines(half_done(), "loss", {.columns = 30}, now)) {
    EXPECT_LE(line.size(), 31U) << line;  // "…" is three bytes and one column.
  }
}

TEST(SweepView, TheBlockIsLowerThanTheTerminal) {
  auto sight = half_done();
  sight.slots.resize(20, sight.slots.back());
  const auto lines = progress_lines(sight, "loss", {.columns = 80, .rows = 10}, now);
  EXPECT_EQ(lines.size(), 9U);
  EXPECT_EQ(lines.back(), "  … 13 more");
  sight.slots.resize(8);
  EXPECT_EQ(progress_lines(sight, "loss", {.columns = 80, .rows = 10}, now).size(), 9U);
  EXPECT_EQ(progress_lines(sight, "loss", {.columns = 80, .rows = 1}, now).size(), 2U);
}

TEST(SweepView, OffATerminalEachTrialIsOneLine) {
  std::ostringstream out;
  std::ostringstream err;
  Context context{.environment = {}, .out = out, .err = err};
  SweepView view(context, "loss", false, false);
  TrialEnd end;
  end.trial = 4;
  end.attempt = 2;
  end.outcome = Outcome::timed_out;
  end.took = 3s;
  end.position = "0:1";
  end.parameters = {{"lr", "0.1"}};
  end.again = true;
  end.folder = "no-such-folder";
  view.tick(half_done());
  view.ended(end, half_done());
  EXPECT_EQ(err.str(),
            "septet: [6/12] trial 4 timed out, attempt 2, runs again in 3s on 0:1: lr=0.1\n");
  EXPECT_EQ(out.str(), "");
}

}  // namespace
}  // namespace septet::cli
