// SPDX-License-Identifier: Apache-2.0
#include "cli/help.hpp"

#include "base/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace septet::cli {
namespace {

using testing::HasSubstr;

TEST(Wrap, BreaksAtSpacesAndIndentsWhatFollows) {
  EXPECT_EQ(wrap("one two three", 7, 2), "one two\n  three");
  EXPECT_EQ(wrap("unbreakable word", 4, 0), "unbreakable\nword");
  EXPECT_EQ(wrap("", 10, 4), "");
}

TEST(Wrap, CountsCharactersNotBytes) { EXPECT_EQ(wrap("äöü äöü", 7, 0), "äöü äöü"); }

std::string help(int columns) {
  CLI::App program("the program", "septet");
  program.formatter(std::make_shared<HelpFormatter>(columns));
  auto& verb = *program.add_subcommand("run");
  verb.description("run one process on each slice\n\n" + std::string(30, 'x') + " " +
                   std::string(30, 'y'));
  verb.footer("Examples:\nseptet run true");
  bool tag = false;
  verb.add_flag("--tag", tag, "Prefix each line with the number of the rank that wrote it");
  return verb.help();
}

TEST(Help, FitsTheTerminal) {
  for (const int columns : {40, 60, 80}) {
    const auto text = help(columns);
    for (const auto line : split(text, '\n')) {
      EXPECT_LE(line.size(), static_cast<std::size_t>(columns)) << text;
    }
  }
}

TEST(Help, ShowsHowToCallAndExamples) {
  const auto text = help(80);
  EXPECT_THAT(text, HasSubstr("  septet run [options]\n"));
  EXPECT_THAT(text, HasSubstr("      --tag   Prefix each line"));
  EXPECT_THAT(text, HasSubstr("\nExamples\n  septet run true\n"));
}

TEST(Help, OfTheProgramStartsWithThreeCommands) {
  CLI::App program("the program", "septet");
  program.formatter(std::make_shared<HelpFormatter>(80));
  program.add_subcommand("run", "run one process on each slice");
  const auto text = program.help();
  EXPECT_THAT(text, HasSubstr("septet run -n 4 -- python3 train.py"));
  EXPECT_THAT(text, HasSubstr("  run  run one process on each slice\n"));
}

}  // namespace
}  // namespace septet::cli
