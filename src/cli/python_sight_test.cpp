// SPDX-License-Identifier: Apache-2.0
#include "cli/python_sight.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace septet::cli {
namespace {

using testing::HasSubstr;

const std::string ours = "/opt/septet/libnccl.so.2";

PythonSight python() {
  return {.path = "/usr/bin/python3",
          .version = "3.11.2",
          .libc = "glibc 2.36",
          .audited = true,
          .programs = {}};
}

ProgramSight torch(std::vector<std::string> libraries, std::optional<int> nccl = 22703) {
  return {.name = "torch", .libraries = std::move(libraries), .nccl_version = nccl};
}

TEST(Verdict, OurLibraryIsWell) {
  const auto verdict = judge(python(), torch({ours}), ours, true);
  EXPECT_FALSE(verdict.fault);
  EXPECT_EQ(verdict.text, "Septet's");
}

TEST(Verdict, AnotherLibraryInItsPlaceIsAFaultWithItsReason) {
  const auto reason = [](const PythonSight& by, const ProgramSight& program) {
    const auto verdict = judge(by, program, ours, true);
    EXPECT_TRUE(verdict.fault);
    return verdict.text;
  };
  EXPECT_THAT(reason(python(), torch({"/wheel/libnccl.so.2"})), HasSubstr("/wheel/libnccl.so.2"));
  EXPECT_THAT(reason(python(), torch({ours, "/w/libnccl.so.2"})), HasSubstr("and /w/libnccl.so.2"));
  EXPECT_THAT(reason(python(), torch({})), HasSubstr("linked into it"));
  auto strange = python();
  strange.audited = false;
  EXPECT_THAT(reason(strange, torch({"/w/libnccl.so.2"})), HasSubstr("libseptet_audit.so"));
  strange.secure = true;
  EXPECT_THAT(reason(strange, torch({"/w/libnccl.so.2"})), HasSubstr("privileges"));
  strange.libc = "";
  EXPECT_THAT(reason(strange, torch({"/w/libnccl.so.2"})), HasSubstr("not glibc"));
}

TEST(Verdict, ItsOwnNcclIsJudgedByVersionWhereRanksShareAGpu) {
  EXPECT_TRUE(judge(python(), torch({"/w/libnccl.so.2"}, 22907), "", true).fault);
  EXPECT_FALSE(judge(python(), torch({"/w/libnccl.so.2"}, 23000), "", true).fault);
  EXPECT_FALSE(judge(python(), torch({"/w/libnccl.so.2"}, 22703), "", false).fault);
}

TEST(Verdict, AProgramWithoutNcclIsWellAndOneThatDoesNotLoadIsNot) {
  EXPECT_FALSE(judge(python(), torch({}, {}), ours, true).fault);
  auto broken = torch({}, {});
  broken.trouble = "libcudart.so.12: cannot open";
  EXPECT_TRUE(judge(python(), broken, ours, true).fault);
}

TEST(Verdict, VersionsAreWrittenAsNcclWritesThem) {
  EXPECT_EQ(nccl_version_text(22703), "2.27.3");
  EXPECT_EQ(nccl_version_text(23007), "2.30.7");
  EXPECT_EQ(nccl_version_text(2708), "2.7.8");
}

}  // namespace
}  // namespace septet::cli
