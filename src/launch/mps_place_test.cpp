// SPDX-License-Identifier: Apache-2.0
#include "launch/mps_place.hpp"

#include <septet/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace septet {
namespace {

class MpsPlaceTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_ / "mps"); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("mps_place." + std::to_string(::getpid()));
};

std::string error_of(const MpsPlace& place) {
  try {
    make_folders(place);
    return "no error";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST_F(MpsPlaceTest, IsOneForEachGpuAndUser) {
  EXPECT_EQ(mps_place("/run/septet", "GPU-1").pipe(),
            "/run/septet/mps/GPU-1." + std::to_string(::geteuid()) + "/pipe");
}

TEST_F(MpsPlaceTest, SubLeasesShareThatOfTheLeaseAroundThem) {
  EXPECT_EQ(mps_place("/run/septet/within/ab12/within/cd34", "GPU-1").folder,
            mps_place("/run/septet", "GPU-1").folder);
}

TEST_F(MpsPlaceTest, IsForItsUserAlone) {
  const auto place = mps_place(folder_, "GPU-1");
  make_folders(place);
  make_folders(place);
  struct stat status{};
  ASSERT_EQ(::stat(place.folder.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700u);
}

TEST_F(MpsPlaceTest, NameTooLongForASocketIsAnErrorWithTheRemedy) {
  const auto place = mps_place(folder_ / std::string(80, 'x'), "GPU-1");
  EXPECT_THAT(error_of(place), testing::HasSubstr("SEPTET_STATE"));
}

TEST_F(MpsPlaceTest, FolderOfSomebodyElseIsRefused) {
  const auto place = mps_place(folder_, "GPU-1");
  std::filesystem::create_directory_symlink(folder_, place.folder);
  EXPECT_THAT(error_of(place), testing::HasSubstr("is not this user's folder"));
}

}  // namespace
}  // namespace septet
