// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "sweep/draw.hpp"
#include "sweep/json_values.hpp"
#include <septet/error.hpp>
#include <septet/space.hpp>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <set>

namespace septet {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::vector<std::string> trials_of(const Space& space) {
  std::vector<std::string> trials;
  for (std::size_t i = 0; i < size_of(space); ++i) {
    std::vector<std::string> pieces;
    for (const auto& each : parameters_of(space, i)) pieces.push_back(each.name + "=" + each.value);
    trials.push_back(join(pieces, " "));
  }
  return trials;
}

Space random_space(const std::string& text, std::uint64_t draws) {
  return {.axes = {}, .random = {parse_random(text)}, .draws = draws, .seed = 7};
}

TEST(Space, AxesMultiplyAndTheLastChangesFastest) {
  const Space space{.axes = {parse_axis("a=1,2"), parse_axis("b=x,y")}, .random = {}};
  EXPECT_THAT(trials_of(space), ElementsAre("a=1 b=x", "a=1 b=y", "a=2 b=x", "a=2 b=y"));
}

TEST(Space, LinkedListsGoTogether) {
  const Space space{.axes = {link({parse_axis("a=1,2"), parse_axis("b=x,y")})}, .random = {}};
  EXPECT_THAT(trials_of(space), ElementsAre("a=1 b=x", "a=2 b=y"));
}

TEST(Space, ListsOfUnequalLengthAreRefused) {
  EXPECT_THAT([] { (void)link({parse_axis("a=1,2"), parse_axis("b=x")}); },
              ThrowsMessage<Error>(HasSubstr("use --grid")));
}

TEST(Space, DrawsRepeatTheCombinationsWithNewRandomValues) {
  auto space = random_space("lr=uniform(0,1)", 2);
  space.axes.push_back(parse_axis("a=1,2"));
  const auto trials = trials_of(space);
  EXPECT_EQ(trials.size(), 4U);
  EXPECT_EQ(std::set<std::string>(trials.begin(), trials.end()).size(), 4U);
  EXPECT_THAT(trials[2], testing::StartsWith("a=1 "));
}

TEST(Space, ValuesOfAnAxisAreCsvFields) {
  const auto axis = parse_axis("x=a b,\"c,d\",\"say \"\"hi\"\"\",,two\nlines,{x}");
  EXPECT_THAT(axis.rows,
              ElementsAre(ElementsAre("a b"), ElementsAre("c,d"), ElementsAre("say \"hi\""),
                          ElementsAre(""), ElementsAre("two\nlines"), ElementsAre("{x}")));
}

TEST(Space, AnUnclosedQuoteIsRefused) {
  EXPECT_THAT([] { (void)parse_axis("x=\"a,b"); }, ThrowsMessage<Error>(HasSubstr("does not end")));
}

TEST(Space, MoreDrawsOnlyAppend) {
  const auto few = trials_of(random_space("lr=loguniform(1e-5,1e-1)", 10));
  const auto many = trials_of(random_space("lr=loguniform(1e-5,1e-1)", 20));
  EXPECT_TRUE(std::equal(few.begin(), few.end(), many.begin()));
}

// Figures of the first run: another machine, compiler or library must not change them.
TEST(Space, DrawsAreTheSameEverywhere) {
  EXPECT_THAT(trials_of(random_space("x=uniform(0,1)", 3)),
              ElementsAre("x=0.289967", "x=0.504434", "x=0.69552"));
  EXPECT_THAT(trials_of(random_space("x=loguniform(1e-5,1e-1)", 3)),
              ElementsAre("x=0.000144499", "x=0.00104168", "x=0.00605452"));
  EXPECT_THAT(trials_of(random_space("x=randint(-3,1000000)", 3)),
              ElementsAre("x=12871", "x=696151", "x=206897"));
  EXPECT_THAT(trials_of(random_space("x=choice(a,b,c)", 3)), ElementsAre("x=a", "x=b", "x=a"));
}

TEST(Space, DrawsStayWithinTheirBoundsAndFillThem) {
  std::set<std::string> seen;
  for (const auto& trial : trials_of(random_space("n=randint(1,6)", 200))) seen.insert(trial);
  EXPECT_THAT(seen, ElementsAre("n=1", "n=2", "n=3", "n=4", "n=5", "n=6"));

  int small = 0;
  for (const auto& trial : trials_of(random_space("lr=loguniform(1e-4,1)", 1000))) {
    const double value = std::stod(trial.substr(3));
    EXPECT_GE(value, 1e-4);
    EXPECT_LE(value, 1);
    small += value < 1e-2 ? 1 : 0;
  }
  EXPECT_NEAR(small, 500, 60);  // Half of the orders of magnitude; four standard deviations.
}

TEST(Space, BoundsThatMakeNoSenseAreRefused) {
  for (const std::string text :
       {"x=uniform(2,1)", "x=loguniform(0,1)", "x=randint(0.5,2)", "x=uniform(1)",
        "x=uniform(1,2,3)", "x=uniform(a,b)", "x=normal(0,1)", "x=uniform", "uniform(0,1)",
        "x=randint(0,1e300)", "x=uniform(nan,1)", "x=uniform(-1e308,1e308)"}) {
    EXPECT_THROW((void)parse_random(text), Error) << text;
  }
}

TEST(Space, CsvTablesAreRead) {
  const auto axis = parse_table("\xEF\xBB\xBFlr,model\r\n1e-3,\"a,b\"\r\n\r\n0.1,c", "t.csv");
  EXPECT_THAT(axis.names, ElementsAre("lr", "model"));
  EXPECT_THAT(axis.rows, ElementsAre(ElementsAre("1e-3", "a,b"), ElementsAre("0.1", "c")));
}

TEST(Space, JsonLinesKeepTheSpellingOfNumbers) {
  const auto axis = parse_table(
      "{\"lr\": 1e-3, \"model\": \"a b\"}\n\n{\"model\": null, \"lr\": 100}\n", "t.jsonl");
  EXPECT_THAT(axis.names, ElementsAre("lr", "model"));
  EXPECT_THAT(axis.rows, ElementsAre(ElementsAre("1e-3", "a b"), ElementsAre("100", "")));
}

TEST(Space, FaultyTablesNameTheLine) {
  const auto message = [](const std::string& text) -> std::string {
    try {
      (void)parse_table(text, "t");
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(message("a,b\n1,2\n3\n"), HasSubstr("t, line 3: 1 values for 2 columns"));
  EXPECT_THAT(message("a\n\"b\nc"), HasSubstr("t, line 2"));
  EXPECT_THAT(message("{\"a\": 1}\n{\"b\": 1}\n"), HasSubstr("t, line 2: other names"));
  EXPECT_THAT(message("{\"a\": [1]}\n"), HasSubstr("t, line 1: not one JSON object"));
  EXPECT_THAT(message(""), HasSubstr("is empty"));
}

TEST(Space, LinesAreTakenWhole) {
  EXPECT_THAT(parse_lines("a b\n\nc", "1").rows,
              ElementsAre(ElementsAre("a b"), ElementsAre(""), ElementsAre("c")));
  EXPECT_TRUE(parse_lines("", "1").rows.empty());
}

TEST(Space, NamesThatCannotBeToldApartAreRefused) {
  const auto message = [](const std::vector<std::string>& axes) -> std::string {
    Space space;
    for (const auto& each : axes) space.axes.push_back(parse_axis(each));
    try {
      check(space);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(message({"a=1", "b.c-d=2"}), "");
  EXPECT_THAT(message({"a=1", "a=2"}), HasSubstr("given twice"));
  EXPECT_THAT(message({"a.b=1", "a_b=2"}), HasSubstr("SEPTET_TRIAL_A_B"));
  EXPECT_THAT(message({"seed=1"}), HasSubstr("Septet's own"));
  EXPECT_THAT(message({"a b=1"}), HasSubstr("no name"));
  EXPECT_THAT(message({}), HasSubstr("nothing to try"));
}

TEST(Space, TooManyTrialsAreRefused) {
  Space space = random_space("x=uniform(0,1)", std::uint64_t{1} << 40);
  EXPECT_THROW(check(space), Error);
  space.draws = 1;
  for (const std::string name : {"a", "b", "c", "d"}) {
    Axis axis{.names = {name}, .rows = {}};
    for (int i = 0; i < 1000; ++i) axis.rows.push_back({"v"});
    space.axes.push_back(axis);
  }
  EXPECT_THROW(check(space), Error);
}

TEST(Space, DigestChangesWithEverything) {
  const Space base{.axes = {parse_axis("a=1,2")}, .random = {parse_random("b=uniform(0,1)")}};
  std::vector<Space> others(6, base);
  others[0].axes[0].rows[0][0] = "3";
  others[1].axes[0].names[0] = "c";
  others[2].random[0].high = 2;
  others[3].random[0].law = Law::loguniform;
  others[4].draws = 2;
  others[5].seed = 1;
  std::set<std::string> digests{digest_of(base)};
  for (const auto& other : others) digests.insert(digest_of(other));
  EXPECT_EQ(digests.size(), 7U);
  EXPECT_EQ(digest_of(base), digest_of(Space(base)));
}

TEST(JsonValues, AnyBytesReadBack) {
  for (const std::string bytes : {"", "plain", "\xff\x00z", "ü", "\"quoted\"\n"}) {
    EXPECT_EQ(bytes_of(nlohmann::ordered_json::parse(json_of_bytes(bytes).dump())), bytes);
  }
  EXPECT_THROW((void)bytes_of({{"hex", "f"}}), nlohmann::json::exception);
  EXPECT_THROW((void)bytes_of({{"hex", "zz"}}), nlohmann::json::exception);
}

TEST(JsonValues, OnlyWhatReadsBackTheSameIsANumber) {
  EXPECT_EQ(json_of_value("32").dump(), "32");
  EXPECT_EQ(json_of_value("1e-3").get<double>(), 1e-3);
  for (const std::string text : {"007", "", "abc", "1e999", "99999999999999999999999", "nan"}) {
    EXPECT_TRUE(json_of_value(text).is_string()) << text;
  }
}

}  // namespace
}  // namespace septet
