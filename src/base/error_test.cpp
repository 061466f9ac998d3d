// SPDX-License-Identifier: Apache-2.0
#include "base/file.hpp"
#include <septet/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace septet {
namespace {

TEST(Error, CarriesItsKindMessageAndPlace) {
  const Error error(ErrorKind::device, "no GPU 3");
  EXPECT_EQ(error.kind(), ErrorKind::device);
  EXPECT_STREQ(error.what(), "no GPU 3");
  EXPECT_STREQ(error.where().function_name(), __PRETTY_FUNCTION__);
}

TEST(Error, EveryKindHasItsOwnWord) {
  EXPECT_EQ(name_of(ErrorKind::argument), "argument");
  EXPECT_EQ(name_of(ErrorKind::internal), "internal");
}

TEST(Error, EveryExitStatusIsInTheManual) {
  const auto manual = read_file(SEPTET_DOCS "/exit-status.md");
  for (const auto kind :
       {ErrorKind::argument, ErrorKind::usage, ErrorKind::unavailable, ErrorKind::peer,
        ErrorKind::device, ErrorKind::system, ErrorKind::internal}) {
    const auto row =
        "| " + std::to_string(exit_status(kind)) + " | `" + std::string(name_of(kind)) + "` |";
    EXPECT_THAT(manual, testing::HasSubstr(row));
  }
}

TEST(Error, KindsMapToSysexits) {
  EXPECT_EQ(exit_status(ErrorKind::usage), 64);
  EXPECT_EQ(exit_status(ErrorKind::device), 69);
  EXPECT_EQ(exit_status(ErrorKind::unavailable), 75);
}

}  // namespace
}  // namespace septet
