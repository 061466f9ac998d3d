// SPDX-License-Identifier: Apache-2.0
#include "base/file.hpp"

#include <septet/error.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

namespace septet {
namespace {

class FileTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("file_test." + std::to_string(::getpid()));
};

TEST_F(FileTest, ReplacedFileHoldsTheNewText) {
  replace_file(folder_ / "a", "one");
  replace_file(folder_ / "a", std::string(10000, 'x'));
  EXPECT_EQ(read_file(folder_ / "a"), std::string(10000, 'x'));
}

TEST_F(FileTest, NothingIsLeftBesideIt) {
  replace_file(folder_ / "a", "one");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(FileTest, MissingFileIsAnErrorThatNamesIt) {
  EXPECT_EQ(try_read_file(folder_ / "b"), std::nullopt);
  try {
    static_cast<void>(read_file(folder_ / "b"));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find((folder_ / "b").string()), std::string::npos);
  }
}

TEST_F(FileTest, ReadsFilesOfUnknownSize) { EXPECT_FALSE(read_file("/proc/self/stat").empty()); }

}  // namespace
}  // namespace septet
