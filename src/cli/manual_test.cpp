// SPDX-License-Identifier: Apache-2.0
#include "cli/manual.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace septet::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

Page sample() {
  Page page;
  page.name = "run";
  page.summary = "run one process on each slice";
  page.paragraphs = {"A paragraph\n.that looks like a request\nwith a back\\slash."};
  page.options = {{.names = {"-n", "--slices"},
                   .value = "N",
                   .text = "How many",
                   .group = "Request",
                   .kind = ValueKind::free,
                   .words = {}}};
  page.examples = {"septet run -n 4 -- true  # four"};
  return page;
}

TEST(Manual, HasTheSectionsOfAManPage) {
  const auto text = verb_manual(sample(), "0.1.0");
  for (const auto* section :
       {"NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXAMPLES", "EXIT STATUS", "SEE ALSO"}) {
    EXPECT_THAT(text, HasSubstr(std::string(".SH ") + section + "\n"));
  }
}

TEST(Manual, PrintsDashesDotsAndBackslashesAsTheyAre) {
  const auto text = verb_manual(sample(), "0.1.0");
  EXPECT_THAT(text, HasSubstr("\\fB\\-\\-slices\\fR \\fIN\\fR"));
  EXPECT_THAT(text, HasSubstr("\n\\&.that looks"));
  EXPECT_THAT(text, HasSubstr("back\\eslash"));
  EXPECT_THAT(text, Not(HasSubstr("\n.that")));
}

TEST(Manual, OfTheProgramNamesEveryVerbVariableAndFile) {
  Page program;
  program.name = "septet";
  const auto text = program_manual(program, {sample()}, "0.1.0");
  EXPECT_THAT(text, HasSubstr("\\fBseptet\\-run\\fR(1)"));
  EXPECT_THAT(text, HasSubstr("SEPTET_SLICE"));
  EXPECT_THAT(text, HasSubstr(".SH FILES\n"));
  EXPECT_THAT(text, HasSubstr("/run/septet"));
}

}  // namespace
}  // namespace septet::cli
