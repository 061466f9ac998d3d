// SPDX-License-Identifier: Apache-2.0
#include "cli/page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace septet::cli {
namespace {

using testing::ElementsAre;

/// A program with one verb that has an option of every sort.
class PageTest : public testing::Test {
 protected:
  PageTest() {
    verb_.description("run one process on each slice\n\nFirst paragraph,\ntwo lines.\n\nSecond.");
    verb_.footer("Examples:\nseptet run -n 4 -- true   # four times\n");
    verb_.add_option("-n,--slices", slices_, "How many")->type_name("N")->group("Request");
    verb_.add_option("--log-folder", folder_, "Where logs go")->type_name("FOLDER");
    verb_.add_option("--ranks", ranks_, "The style")->check(CLI::IsMember({"local", "node"}));
    verb_.add_flag("--wait", wait_, "How long")->type_name("[=TIME]")->group("Request");
    verb_.add_flag("--secret", secret_, "Not for show")->group("");
    verb_.prefix_command();
  }

  CLI::App program_{"the program", "septet"};
  CLI::App& verb_ = *program_.add_subcommand("run");
  int slices_ = 0;
  bool wait_ = false;
  bool secret_ = false;
  std::string folder_;
  std::string ranks_;
};

TEST_F(PageTest, TextsArePartedByEmptyLines) {
  const auto page = page_of(verb_);
  EXPECT_EQ(page.summary, "run one process on each slice");
  EXPECT_THAT(page.paragraphs, ElementsAre("First paragraph,\ntwo lines.", "Second."));
  EXPECT_THAT(page.examples, ElementsAre("septet run -n 4 -- true   # four times"));
}

TEST_F(PageTest, OptionsStandUnderTheirHeadingsAndHelpIsLast) {
  const auto page = page_of(verb_);
  EXPECT_THAT(page.groups(), ElementsAre("Request", "Options"));
  std::vector<std::string> spellings;
  for (const auto& option : page.options) spellings.push_back(spelling(option));
  EXPECT_THAT(spellings, ElementsAre("-n, --slices N", "--wait[=TIME]", "--log-folder FOLDER",
                                     "--ranks local|node", "-h, --help"));
}

TEST_F(PageTest, ValuesTellAShellWhatToOffer) {
  const auto page = page_of(verb_);
  EXPECT_EQ(page.options[0].kind, ValueKind::free);
  EXPECT_TRUE(page.options[1].value_is_optional);
  EXPECT_EQ(page.options[2].kind, ValueKind::folder);
  EXPECT_THAT(page.options[3].words, ElementsAre("local", "node"));
  EXPECT_EQ(page.options[4].kind, ValueKind::none);
}

TEST_F(PageTest, TheUsersCommandIsTheLastArgument) {
  EXPECT_EQ(synopsis(page_of(verb_)), "septet run [options] -- COMMAND…");
  EXPECT_EQ(page_of(verb_).arguments.back().kind, ValueKind::command);
  EXPECT_EQ(synopsis(page_of(program_)), "septet VERB [options]");
}

TEST_F(PageTest, VerbsKeepTheirOrderAndHiddenOnesStayAside) {
  program_.add_subcommand("keep-mps")->group("");
  program_.add_subcommand("hold");
  const auto pages = verb_pages(program_);
  ASSERT_EQ(pages.size(), 2U);
  EXPECT_EQ(pages[0].name, "run");
  EXPECT_EQ(pages[1].name, "hold");
}

}  // namespace
}  // namespace septet::cli
