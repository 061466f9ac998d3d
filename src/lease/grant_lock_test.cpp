// SPDX-License-Identifier: Apache-2.0
#include "lease/grant_lock.hpp"

#include "lease/testing_world.hpp"
#include <septet/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace septet {
namespace {

using std::chrono::milliseconds;

class GrantLockTest : public testing::Test {
 protected:
  /// While somebody has the lock.
  void try_for_5_ms() {
    under_grant_lock(layout_, [this] { ++calls_; }, milliseconds(5));
  }

  const TestFolder place_;
  const Layout layout_{place_.path()};
  int calls_ = 0;
};

TEST_F(GrantLockTest, OneHasItAtATime) {
  under_grant_lock(layout_, [&] { EXPECT_THROW(try_for_5_ms(), Error); });
  EXPECT_EQ(calls_, 0);
  EXPECT_NO_THROW(try_for_5_ms());
  EXPECT_EQ(calls_, 1);
}

TEST_F(GrantLockTest, SaysWhoIsInTheWay) {
  under_grant_lock(layout_, [&] {
    try {
      try_for_5_ms();
      FAIL() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::system);
      EXPECT_THAT(error.what(), testing::HasSubstr("process " + std::to_string(::getpid())));
      EXPECT_THAT(error.what(), testing::HasSubstr("grant.lock"));
    }
  });
}

TEST_F(GrantLockTest, WhoWaitsIsServedOneAfterTheOther) {
  std::atomic<int> inside = 0;
  std::atomic<int> served = 0;
  const auto serve = [&] {
    EXPECT_EQ(++inside, 1);
    ++served;
    --inside;
  };
  std::vector<std::thread> others;
  under_grant_lock(layout_, [&] {
    for (int i = 0; i < 8; ++i) {
      others.emplace_back([&] { under_grant_lock(layout_, serve); });
    }
  });
  for (auto& other : others) other.join();
  EXPECT_EQ(served, 8);
}

TEST_F(GrantLockTest, WhoOnlyTriesDoesNotWait) {
  under_grant_lock(layout_, [&] {
    EXPECT_FALSE(try_under_grant_lock(layout_, [this] { ++calls_; }));
    EXPECT_EQ(calls_, 0);
  });
  EXPECT_TRUE(try_under_grant_lock(layout_, [this] { ++calls_; }));
  EXPECT_EQ(calls_, 1);
}

TEST_F(GrantLockTest, QueueGoesOnWhileSomebodyGrants) {
  under_grant_lock(layout_, [&] {
    std::thread([this] { under_queue_lock(layout_, [this] { ++calls_; }); }).join();
    EXPECT_EQ(calls_, 1);
  });
}

TEST_F(GrantLockTest, WhatFailsUnderItFailsForTheCaller) {
  std::thread other;
  under_grant_lock(layout_, [&] {
    other = std::thread([this] {
      EXPECT_THROW(under_grant_lock(layout_, [] { throw Error(ErrorKind::device, "gone"); }),
                   Error);
    });
  });
  other.join();
  EXPECT_NO_THROW(try_for_5_ms()) << "it is free again";
}

}  // namespace
}  // namespace septet
