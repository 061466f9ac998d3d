// SPDX-License-Identifier: Apache-2.0
#include "lease/grant_lock.hpp"

#include "lease/testing_world.hpp"
#include <septet/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <optional>

namespace septet {
namespace {

using std::chrono::milliseconds;

TEST(GrantLock, OneHasItAtATime) {
  const TestFolder place;
  std::optional<GrantLock> first(place.path());
  EXPECT_THROW(GrantLock(place.path(), milliseconds(5)), Error);
  first.reset();
  EXPECT_NO_THROW(GrantLock(place.path(), milliseconds(5)));
}

TEST(GrantLock, SaysWhoIsInTheWay) {
  const TestFolder place;
  const GrantLock first(place.path());
  try {
    const GrantLock second(place.path(), milliseconds(5));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::system);
    EXPECT_THAT(error.what(), testing::HasSubstr("process " + std::to_string(::getpid())));
    EXPECT_THAT(error.what(), testing::HasSubstr("grant.lock"));
  }
}

}  // namespace
}  // namespace septet
