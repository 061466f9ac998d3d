// SPDX-License-Identifier: Apache-2.0
#include "sweep/command.hpp"

#include <septet/error.hpp>

#include <gmock/gmock.h>

namespace septet {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;
using Words = std::vector<std::string>;

const Parameters values{{"lr", "0.1"}, {"trial", "3"}, {"slot", "2"}};

Words filled(const Words& command) { return CommandTemplate(command, {"lr"}).fill(values); }

TEST(Command, ValuesTakeTheirPlaces) {
  EXPECT_THAT(filled({"train", "--lr={lr}", "{trial}-{lr}{lr}"}),
              ElementsAre("train", "--lr=0.1", "3-0.10.1"));
}

TEST(Command, ParallelsNamesForTrialAndSlotWork) {
  EXPECT_THAT(filled({"{#}", "{%}"}), ElementsAre("3", "2"));
}

TEST(Command, AValueIsOneArgumentHoweverItLooks) {
  const std::string odd = "a b\"c'\n{trial} $HOME \xff";
  EXPECT_THAT(CommandTemplate({"x{lr}y"}, {"lr"}).fill({{"lr", odd}}),
              ElementsAre("x" + odd + "y"));
}

TEST(Command, DoubledBraceIsABrace) {
  EXPECT_THAT(filled({"{{lr}", "${{HOME}", "{{{lr}"}), ElementsAre("{lr}", "${HOME}", "{0.1"));
}

TEST(Command, WhatReadsAsNoNameStays) {
  const Words odd{"{\"a\": 1}", "{ print }", "{", "}", "{}", "a{2}", "{a,b}"};
  EXPECT_EQ(filled(odd), odd);
}

TEST(Command, AnUnknownNameIsRefusedWithTheKnownOnes) {
  EXPECT_THAT([] { CommandTemplate({"{rl}"}, {"lr"}); },
              ThrowsMessage<Error>(HasSubstr("{rl} names no parameter; there are {lr} {trial}")));
}

TEST(Command, NumberedValuesWorkAsInParallel) {
  const Parameters numbered{{"1", "a b"}, {"2", "c"}};
  EXPECT_THAT(CommandTemplate({"echo", "{2}", "{}"}, {"1", "2"}).fill(numbered),
              ElementsAre("echo", "c", "a b c"));
  EXPECT_THAT(CommandTemplate({"echo"}, {"1", "2"}).fill(numbered), ElementsAre("echo", "a b c"));
  EXPECT_THROW(CommandTemplate({"{3}"}, {"1", "2"}), Error);
}

}  // namespace
}  // namespace septet
