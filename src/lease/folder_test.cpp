// SPDX-License-Identifier: Apache-2.0
#include "lease/install.hpp"
#include "lease/layout.hpp"
#include "lease/lock_file.hpp"
#include "lease/record.hpp"
#include "lease/roll.hpp"
#include "lease/testing_world.hpp"
#include <septet/environment.hpp>
#include <septet/error.hpp>
#include <septet/lease.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace septet {
namespace {

using std::filesystem::path;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Patience at_once{.limit = std::chrono::milliseconds(0), .on_wait = {}};

mode_t mode_of(const path& file) {
  struct stat status{};
  return ::lstat(file.c_str(), &status) == 0 ? status.st_mode & 07777U : 0;
}

/// The message of the Error of `kind` that `action` throws.
template <typename Action>
std::string error_of(ErrorKind kind, Action action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "no error";
  return {};
}

class FolderTest : public testing::Test {
 protected:
  /// A live record whose lock comes back.
  [[nodiscard]] UniqueFd live(const std::string& id, std::string_view text) const {
    return publish(layout_.leases(), id + ".json", text);
  }

  [[nodiscard]] UniqueFd live(const std::string& id) const { return live(id, print_record({})); }

  const TestFolder place_;
  const Layout layout_{place_.path() / "state"};
  const LeaseFolder folder_{layout_.folder};
};

TEST_F(FolderTest, NewOneIsForItsUserAlone) {
  EXPECT_EQ(mode_of(layout_.folder), 0700U);
  for (const auto& part : layout_.parts()) EXPECT_EQ(mode_of(part), 0700U) << part;
}

TEST_F(FolderTest, StickyOneServesAllWhateverTheUmask) {
  const Layout layout{place_.path() / "shared"};
  const auto before = ::umask(077);
  prepare_shared(layout);
  static_cast<void>(open_lock_file(layout.slice_lock("MIG-1")));
  ::umask(before);
  EXPECT_EQ(mode_of(layout.folder), 01777U);
  for (const auto& part : layout.parts()) EXPECT_EQ(mode_of(part), 01777U) << part;
  EXPECT_EQ(mode_of(layout.grant_lock()), 0666U);
  EXPECT_EQ(mode_of(layout.slice_lock("MIG-1")), 0666U);
}

TEST_F(FolderTest, LinkInItsPlaceIsRefused) {
  const auto link = place_.path() / "link";
  std::filesystem::create_symlink(layout_.folder, link);
  EXPECT_THAT(error_of(ErrorKind::system, [&] { LeaseFolder{link}; }), HasSubstr(link.string()));
}

TEST_F(FolderTest, OneOfAnotherUserIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to be two users";
  ASSERT_EQ(::chown(layout_.folder.c_str(), 65534, 65534), 0);
  EXPECT_THAT(error_of(ErrorKind::system, [&] { LeaseFolder{layout_.folder}; }),
              HasSubstr("belongs to user 65534"));
}

TEST_F(FolderTest, NamesOfOldDriversMakeOneFileEach) {
  EXPECT_EQ(layout_.slice_lock("MIG-GPU-12/7/0").filename(), "MIG-GPU-12_7_0.lock");
  EXPECT_EQ(layout_.slice_lock("../../etc").filename(), "_._.._etc.lock");
  EXPECT_EQ(layout_.slice_lock("MPS-GPU-1-4.3").filename(), "MPS-GPU-1-4.3.lock");
}

TEST_F(FolderTest, DeadFilesAreIgnoredAndLitterIsRemovedByTheNextGrant) {
  const auto alive = live("aa");
  static_cast<void>(live("bb"));
  std::ofstream(layout_.leases() / ".cc.json") << "half";
  EXPECT_THAT(live_records(layout_), ElementsAre("aa.json"));
  static_cast<void>(read_roll(layout_, Dead::remove));
  EXPECT_TRUE(std::filesystem::exists(layout_.record("aa")));
  EXPECT_FALSE(std::filesystem::exists(layout_.record("bb")));
  EXPECT_FALSE(std::filesystem::exists(layout_.leases() / ".cc.json"));
}

TEST_F(FolderTest, WhatCannotBeReadIsReportedAndHarmsNobody) {
  const auto garbage = live("aa", "{\"version\": 99}");
  ASSERT_EQ(::mkfifo((layout_.leases() / "bb.json").c_str(), 0644), 0);
  std::filesystem::create_symlink("/etc/passwd", layout_.leases() / "cc.json");
  EXPECT_THAT(folder_.leases(), IsEmpty());
  EXPECT_THAT(folder_.unreadable(), ElementsAre(layout_.record("aa")));
  FixedDriver driver(mig_host(1));
  EXPECT_TRUE(acquire(folder_, driver, any(1), "test", at_once));
}

TEST_F(FolderTest, LockWithoutARecordStillCounts) {
  auto stray = open_lock_file(layout_.slice_lock("MIG-0"));
  ASSERT_TRUE(try_lock(stray.get(), Hold::exclusive));
  FixedDriver driver(mig_host(2));
  EXPECT_FALSE(acquire(folder_, driver, any(2), "test", at_once));
  EXPECT_TRUE(acquire(folder_, driver, any(1), "test", at_once)) << "the other one is free";
}

TEST_F(FolderTest, RemovedLockFileIsNotTakenForTheOneThatIsThere) {
  const auto file = layout_.slice_lock("MIG-0");
  const auto lock = open_lock_file(file);
  EXPECT_TRUE(is_at(file, lock.get()));
  std::filesystem::remove(file);
  EXPECT_FALSE(is_at(file, lock.get()));
  static_cast<void>(open_lock_file(file));
  EXPECT_FALSE(is_at(file, lock.get()));
}

TEST_F(FolderTest, UsualOneIsWhereTheEnvironmentSays) {
  EXPECT_EQ(LeaseFolder::usual({{"SEPTET_STATE", "/a"}, {"XDG_RUNTIME_DIR", "/b"}}), "/a");
  if (std::filesystem::exists(shared_folder))
    GTEST_SKIP() << "an administrator made /run/septet here";
  const auto mine = place_.path().string();
  EXPECT_EQ(LeaseFolder::usual({{"XDG_RUNTIME_DIR", mine}}), mine + "/septet");
  const auto own = "/tmp/septet-" + std::to_string(::geteuid());
  EXPECT_EQ(LeaseFolder::usual({{"XDG_RUNTIME_DIR", "/no/such"}}), own);
  EXPECT_EQ(LeaseFolder::usual({}), own);
}

TEST_F(FolderTest, InsideALiveLeaseItIsThatLeasesOwn) {
  Environment environment{{"SEPTET_STATE", layout_.folder}, {"SEPTET_LEASE", "aa"}};
  EXPECT_EQ(LeaseFolder::usual(environment), layout_.folder) << "the lease has ended";
  const auto lease = live("aa");
  const auto within = layout_.within() / "aa";
  EXPECT_EQ(LeaseFolder::usual(environment), within);

  const LeaseFolder inner(within);
  const auto inner_lease = publish(Layout{within}.leases(), "bb.json", print_record({}));
  environment.set("SEPTET_LEASE", "bb");
  EXPECT_EQ(LeaseFolder::usual(environment), within / "within/bb");
  environment.set("SEPTET_LEASE", "../aa");
  EXPECT_EQ(LeaseFolder::usual(environment), layout_.folder);
}

TEST_F(FolderTest, SubLeasesAreRemovedAfterTheirLease) {
  const LeaseFolder inner(layout_.within() / "aa");
  FixedDriver driver(mig_host(1));
  static_cast<void>(acquire(folder_, driver, any(1), "test", at_once));
  EXPECT_FALSE(std::filesystem::exists(inner.path()));
}

class InstallTest : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(place_.path() / "tmp");
    std::filesystem::create_directories(place_.path() / "run");
  }

  const TestFolder place_;
  const HostPlaces places_{place_.path()};
};

TEST_F(InstallTest, MakesTheFolderAndRemovesIt) {
  install(places_);
  install(places_);
  EXPECT_EQ(mode_of(places_.layout.folder), 01777U);
  EXPECT_TRUE(std::filesystem::exists(places_.boot_order));
  uninstall(places_);
  uninstall(places_);
  EXPECT_FALSE(std::filesystem::exists(places_.layout.folder));
  EXPECT_FALSE(std::filesystem::exists(places_.boot_order));
}

TEST_F(InstallTest, IsRefusedWhileSomebodyHoldsSlicesUnseen) {
  const Layout users{place_.path() / "tmp/septet-1000"};
  prepare(users);
  const auto lease = publish(users.leases(), "aa.json", print_record({}));
  EXPECT_THAT(error_of(ErrorKind::unavailable, [&] { install(places_); }),
              HasSubstr(users.folder.string()));
  EXPECT_FALSE(std::filesystem::exists(places_.layout.folder));
}

TEST_F(InstallTest, IsNotUndoneWhileSlicesAreLeased) {
  install(places_);
  const auto lease = publish(places_.layout.leases(), "aa.json", print_record({}));
  error_of(ErrorKind::unavailable, [&] { uninstall(places_); });
  EXPECT_TRUE(std::filesystem::exists(places_.layout.folder));
}

}  // namespace
}  // namespace septet
