// SPDX-License-Identifier: Apache-2.0
#include "communicate/abi/log.hpp"

#include "communicate/abi/version.hpp"
#include <septet/environment.hpp>
#include <septet/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace septet::abi {
namespace {

using testing::HasSubstr;

Lookup lookup_in(const Environment& environment) {
  return [environment](std::string_view name) { return environment.get(name); };
}

LogSettings settings_of(const Environment& environment) {
  return log_settings_of(lookup_in(environment));
}

TEST(LogSettings, AreSilentUnlessAskedFor) {
  EXPECT_EQ(settings_of({}).level, LogLevel::none);
  EXPECT_EQ(settings_of({{"NCCL_DEBUG", "loud"}}).level, LogLevel::none);
}

TEST(LogSettings, TakeLevelsInAnyCase) {
  EXPECT_EQ(settings_of({{"NCCL_DEBUG", "VERSION"}}).level, LogLevel::version);
  EXPECT_EQ(settings_of({{"NCCL_DEBUG", "warn"}}).level, LogLevel::warn);
  EXPECT_EQ(settings_of({{"NCCL_DEBUG", "Info"}}).level, LogLevel::info);
}

TEST(LogSettings, ChooseSubsystems) {
  EXPECT_EQ(settings_of({}).subsystems, 0x1081U);
  EXPECT_EQ(settings_of({{"NCCL_DEBUG_SUBSYS", "INIT,coll"}}).subsystems, 0x3U);
  EXPECT_EQ(settings_of({{"NCCL_DEBUG_SUBSYS", "^INIT,COLL"}}).subsystems, ~0x3U);
  EXPECT_EQ(settings_of({{"NCCL_DEBUG_SUBSYS", "ALL"}}).subsystems, ~0U);
  EXPECT_EQ(settings_of({{"NCCL_DEBUG_SUBSYS", "nonsense"}}).subsystems, 0U);
}

TEST(LogSettings, UseAFileForMoreThanTheVersion) {
  EXPECT_EQ(settings_of({{"NCCL_DEBUG_FILE", "f"}, {"NCCL_DEBUG", "INFO"}}).file, "f");
  EXPECT_EQ(settings_of({{"NCCL_DEBUG_FILE", "f"}, {"NCCL_DEBUG", "VERSION"}}).file, "");
}

TEST(LogFile, IsNamedAfterHostAndProcess) {
  EXPECT_EQ(file_name_of("/tmp/nccl.%h.%p", "node1", 42), "/tmp/nccl.node1.42");
  EXPECT_EQ(file_name_of("100%% %d %", "node1", 42), "100% %d %");
  EXPECT_EQ(file_name_of("%p%", "node1", 42), "42%");
}

TEST(Version, IsTheOneOfTheInterfaceUnlessOverridden) {
  EXPECT_EQ(nccl_version(lookup_in({})), 23007);
  EXPECT_EQ(nccl_version(lookup_in({{"SEPTET_NCCL_VERSION", "22703"}})), 22703);
  EXPECT_THROW(static_cast<void>(nccl_version(lookup_in({{"SEPTET_NCCL_VERSION", "2.27.3"}}))),
               Error);
}

TEST(Version, TextNamesThisLibraryFirst) {
  EXPECT_THAT(version_text(), testing::StartsWith("Septet "));
  EXPECT_THAT(version_text(), HasSubstr("NCCL version 2.30.7"));
}

}  // namespace
}  // namespace septet::abi
