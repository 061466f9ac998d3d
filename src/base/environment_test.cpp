// SPDX-License-Identifier: Apache-2.0
#include <septet/environment.hpp>

#include <gtest/gtest.h>

#include <cstdlib>

namespace septet {
namespace {

TEST(Environment, TellsUnsetFromEmpty) {
  const Environment environment{{"EMPTY", ""}};
  EXPECT_EQ(environment.get("EMPTY"), "");
  EXPECT_EQ(environment.get("MISSING"), std::nullopt);
  EXPECT_EQ(environment.get_or("EMPTY", "other"), "other");
}

TEST(Environment, SetReplacesAndUnsetForgets) {
  Environment environment;
  environment.set("A", "1");
  environment.set("A", "2");
  EXPECT_EQ(environment.get("A"), "2");
  environment.unset("A");
  environment.unset("A");
  EXPECT_EQ(environment, Environment());
}

TEST(Environment, StringsAreSortedPairs) {
  const Environment environment{{"B", "2=3"}, {"A", ""}};
  EXPECT_EQ(environment.strings(), (std::vector<std::string>{"A=", "B=2=3"}));
}

TEST(Environment, CurrentReadsTheProcess) {
  ::setenv("SEPTET_ENVIRONMENT_TEST", "a=b", 1);
  EXPECT_EQ(Environment::current().get("SEPTET_ENVIRONMENT_TEST"), "a=b");
}

}  // namespace
}  // namespace septet
