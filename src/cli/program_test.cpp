// SPDX-License-Identifier: Apache-2.0
#include "cli/program.hpp"

#include "cli/page.hpp"
#include <septet/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace septet::cli {
namespace {

using testing::HasSubstr;

/// The program with its streams caught.
struct Caught {
  std::ostringstream out;
  std::ostringstream err;
  Context context{.environment = {}, .out = out, .err = err};

  int run(const std::vector<std::string>& arguments) { return run_program(arguments, context); }
};

TEST(Program, HelpIsAnAnswer) {
  Caught program;
  EXPECT_EQ(program.run({"--help"}), 0);
  EXPECT_THAT(program.out.str(), HasSubstr("list"));
  EXPECT_EQ(program.err.str(), "");
}

TEST(Program, WrongUseExitsWith64AndNamesTheHelp) {
  Caught program;
  EXPECT_EQ(program.run({"list", "--no-such-option"}), 64);
  EXPECT_THAT(program.err.str(), HasSubstr("--no-such-option"));
  EXPECT_THAT(program.err.str(), HasSubstr("see septet list --help"));
}

TEST(Program, NamesAVerbThatItDoesNotKnow) {
  Caught program;
  EXPECT_EQ(program.run({"frobnicate"}), 64);
  EXPECT_THAT(program.err.str(), HasSubstr("no verb \"frobnicate\""));
}

TEST(Program, WithoutAWordShowsItsHelpAsAnError) {
  Caught program;
  EXPECT_EQ(program.run({}), 64);
  EXPECT_EQ(program.out.str(), "");
  EXPECT_THAT(program.err.str(), HasSubstr("Start with"));
}

TEST(Program, EveryVerbHasAManPageAndIsCompleted) {
  Caught program;
  EXPECT_EQ(program.run({"completion", "fish"}), 0);
  const auto script = program.out.str();
  for (const auto& page : verb_pages(*make_program(program.context))) {
    EXPECT_THAT(script, HasSubstr("-a " + page.name + " -d "));
    Caught manual;
    EXPECT_EQ(manual.run({"man", page.name}), 0);
    EXPECT_THAT(manual.out.str(), HasSubstr(".SH SYNOPSIS"));
  }
}

TEST(Program, OnlyVerbsThatTakeACommandTakeDashes) {
  Caught program;
  EXPECT_EQ(program.run({"list", "--", "true"}), 64);
  EXPECT_THAT(program.err.str(), HasSubstr("takes no command"));
}

/// The command that `septet run ARGUMENTS` would start.
std::vector<std::string> command_in(std::vector<std::string> arguments,
                                    std::optional<std::vector<std::string>> after_dashes) {
  Caught program;
  program.context.after_dashes = std::move(after_dashes);
  CLI::App app;
  auto& verb = *app.add_subcommand("run");
  int slices = 0;
  verb.add_option("-n", slices);
  takes_command(verb);
  std::reverse(arguments.begin(), arguments.end());
  app.parse(std::move(arguments));
  EXPECT_EQ(slices, 4);
  return command_of(verb, program.context);
}

TEST(Command, KeepsEveryWordOfTheUsers) {
  const std::vector<std::string> user{"sh", "-n", "3", "--", "-c", "--help"};
  EXPECT_EQ(command_in({"run", "-n", "4"}, user), user);
  EXPECT_EQ(command_in({"run", "-n", "4", "sh", "-n", "3"}, {{"-c", "--help"}}), user);
}

TEST(Command, MissingIsAnErrorThatSaysWhatToWrite) {
  try {
    command_in({"run", "-n", "4"}, std::vector<std::string>{});
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    EXPECT_THAT(error.what(), HasSubstr("septet run [options] -- COMMAND"));
  }
}

}  // namespace
}  // namespace septet::cli
