// SPDX-License-Identifier: Apache-2.0
#include "base/starter.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

namespace septet {
namespace {

TEST(Starter, IsTheParentUnlessItHasTheVariableToo) {
  const auto parent = name_of_starter({});
  EXPECT_TRUE(parent.starts_with(std::to_string(::getppid()) + "."));
  EXPECT_EQ(name_of_starter("SEPTET_NO_SUCH_VARIABLE"), parent);
  EXPECT_NE(name_of_starter("PATH"), parent) << "the parent has a PATH, so it is no starter";
}

}  // namespace
}  // namespace septet
