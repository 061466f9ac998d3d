// SPDX-License-Identifier: Apache-2.0
#include "cli/table.hpp"

#include "cli/verb.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace septet::cli {
namespace {

Table small() {
  Table table({{.title = "NAME", .right = false, .cut = false},
               {.title = "SIZE", .right = true, .cut = false},
               {.title = "WHO", .right = false, .cut = true}});
  table.add_line({"GPU 0", Paint::bold});
  table.add({{"0:0", Paint::plain}, {"10", Paint::plain}, {"free", Paint::good}});
  table.add({{"0:12", Paint::plain}, {"8", Paint::plain}, {"alice: python", Paint::plain}});
  return table;
}

TEST(Table, ColumnsAreAsWideAsTheirWidestCell) {
  EXPECT_EQ(small().text({}),
            "NAME  SIZE  WHO\n"
            "GPU 0\n"
            "0:0     10  free\n"
            "0:12     8  alice: python\n");
  EXPECT_EQ(small().natural_width(), 25);
}

TEST(Table, NarrowTerminalCutsOnlyWhatMayBeCut) {
  EXPECT_EQ(small().text({.colour = false, .width = 20}),
            "NAME  SIZE  WHO\n"
            "GPU 0\n"
            "0:0     10  free\n"
            "0:12     8  alice: …\n");
}

TEST(Table, ColourDoesNotCountAsWidth) {
  EXPECT_EQ(small().text({.colour = true, .width = 0}),
            "\x1b[2mNAME\x1b[0m  \x1b[2mSIZE\x1b[0m  \x1b[2mWHO\x1b[0m\n"
            "\x1b[1mGPU 0\x1b[0m\n"
            "0:0     10  \x1b[32mfree\x1b[0m\n"
            "0:12     8  alice: python\n");
}

TEST(Table, ControlCharactersDoNotReachTheTerminal) {
  Table table({{.title = "A", .right = false, .cut = false}});
  table.add({{"x\x1b[31m\n\xC2\x9B\xFFy", Paint::plain}});
  EXPECT_EQ(table.text({}), "A\nx?[31m???y\n");
}

TEST(Table, WidthIsWhatATerminalTakes) {
  EXPECT_EQ(display_width("abc"), 3);
  EXPECT_EQ(display_width("Zoë"), 3);
  EXPECT_EQ(display_width("Zoe\xCC\x88"), 3) << "a combining mark";
  EXPECT_EQ(display_width("模型"), 4);
  EXPECT_EQ(display_width("🚀"), 2);
  EXPECT_EQ(display_width("\xFF\xE4"), 2) << "no UTF-8";
}

TEST(Table, ShortTextStaysAndLongTextEndsInAnEllipsis) {
  EXPECT_EQ(shorten("abcdef", 6), "abcdef");
  EXPECT_EQ(shorten("abcdef", 4), "abc…");
  EXPECT_EQ(shorten("模型模型", 4), "模…") << "half a character does not fit";
  EXPECT_EQ(shorten("abc", 1), "…");
  EXPECT_EQ(shorten("abc", 0), "");
}

TEST(Look, ColourNeedsATerminalThatWantsIt) {
  std::ostringstream stream;
  Context context{.environment = {}, .out = stream, .err = stream};
  EXPECT_FALSE(Look::of(context).colour);
  EXPECT_EQ(Look::of(context).width, 0);

  context.out_is_terminal = true;
  EXPECT_TRUE(Look::of(context).colour);
  EXPECT_EQ(Look::of(context).width, 80);

  context.environment.set("NO_COLOR", "");
  EXPECT_TRUE(Look::of(context).colour) << "empty is as good as unset";
  context.environment.set("NO_COLOR", "1");
  EXPECT_FALSE(Look::of(context).colour);
}

}  // namespace
}  // namespace septet::cli
