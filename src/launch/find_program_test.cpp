// SPDX-License-Identifier: Apache-2.0
#include <septet/error.hpp>
#include <septet/launch.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace septet {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class FindProgramTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(folder_ / "first");
    fs::create_directories(folder_ / "second");
  }
  void TearDown() override { fs::remove_all(folder_); }

  void make(const std::string& name, bool executable) const {
    std::ofstream(folder_ / name) << "true\n";
    fs::permissions(folder_ / name, fs::perms(executable ? 0755 : 0644));
  }

  [[nodiscard]] std::string refusal_of(const std::string& command) const {
    try {
      return find_program(command, path_).string() + " was found";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::argument);
      return error.what();
    }
  }

  // One folder for each process, so that tests may run side by side.
  const fs::path folder_ =
      fs::temp_directory_path() / ("find_program_test." + std::to_string(::getpid()));
  const Environment path_{
      {"PATH", (folder_ / "first").string() + ":" + (folder_ / "second").string()}};
};

TEST_F(FindProgramTest, TakesTheFirstAlongThePathThatCanBeExecuted) {
  make("first/tool", false);
  make("second/tool", true);
  EXPECT_EQ(find_program("tool", path_), folder_ / "second/tool");
}

TEST_F(FindProgramTest, TakesANameWithASlashAsItIs) {
  make("first/tool", true);
  EXPECT_EQ(find_program((folder_ / "first/tool").string(), {}), folder_ / "first/tool");
}

TEST_F(FindProgramTest, SaysWhyThereIsNone) {
  make("first/text", false);
  EXPECT_THAT(refusal_of("tool"), HasSubstr("not found along PATH"));
  EXPECT_THAT(refusal_of(""), HasSubstr("not found along PATH"));
  EXPECT_THAT(refusal_of((folder_ / "none").string()), HasSubstr("no such file"));
  EXPECT_THAT(refusal_of((folder_ / "first/text").string()), HasSubstr("not executable: chmod"));
  EXPECT_THAT(refusal_of((folder_ / "first").string()), HasSubstr("not executable"));
}

}  // namespace
}  // namespace septet
