// SPDX-License-Identifier: Apache-2.0
#include "communicate/folder_lock.hpp"

#include "base/test_folder.hpp"
#include "communicate/test_process.hpp"
#include <septet/error.hpp>

#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace septet {
namespace {

class FolderLockTest : public testing::Test {
 protected:
  [[nodiscard]] std::optional<FolderLock> take(const std::string& name = "septet-1") const {
    return FolderLock::try_take(folder_.path(), name);
  }
  [[nodiscard]] bool exists(const std::string& name) const {
    return std::filesystem::exists(folder_.path() / name);
  }
  void make(const std::string& name) const { std::ofstream(folder_.path() / name) << "x"; }

  /// A process that took the lock and was killed.
  void abandon(const std::string& name) const {
    ASSERT_EQ(status_of_child([&] {
                const auto lock = take(name);
                make(socket_of(name));
                return ::raise(lock ? SIGKILL : SIGABRT) == 0;
              }),
              128 + SIGKILL);
  }

  const TestFolder folder_;
};

TEST_F(FolderLockTest, SecondTakerIsTurnedAwayUntilTheFirstLetsGo) {
  auto first = take();
  ASSERT_TRUE(first);
  EXPECT_FALSE(take());
  first.reset();
  EXPECT_TRUE(take());
}

TEST_F(FolderLockTest, LeavesNothingBehindNotEvenTheSocket) {
  {
    const auto lock = take();
    make("septet-1.socket");
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(FolderLockTest, OfAKilledHolderIsTakenAndItsSocketRemoved) {
  abandon("septet-1");
  ASSERT_TRUE(exists("septet-1.socket"));
  const auto lock = take();
  EXPECT_TRUE(lock);
  EXPECT_FALSE(exists("septet-1.socket"));
}

TEST_F(FolderLockTest, OfKilledHoldersAreSweptAwayButNotThoseInUse) {
  abandon("septet-1");
  abandon("septet-2");
  make("other.lock");
  const auto lock = take("septet-3");
  make("septet-3.socket");
  remove_abandoned(folder_.path());
  for (const auto* gone : {"septet-1.lock", "septet-1.socket", "septet-2.lock"}) {
    EXPECT_FALSE(exists(gone)) << gone;
  }
  for (const auto* kept : {"septet-3.lock", "septet-3.socket", "other.lock"}) {
    EXPECT_TRUE(exists(kept)) << kept;
  }
}

TEST_F(FolderLockTest, IsNotTakenThroughALink) {
  std::filesystem::create_symlink(folder_.path() / "elsewhere", folder_.path() / "septet-1.lock");
  EXPECT_THROW((void)take(), Error);
  EXPECT_FALSE(exists("elsewhere"));
}

}  // namespace
}  // namespace septet
