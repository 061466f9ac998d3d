// SPDX-License-Identifier: Apache-2.0
#include "communicate/abi/config.hpp"

#include <septet/environment.hpp>
#include <septet/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

namespace septet::abi {
namespace {

using testing::HasSubstr;

/// As the initializer of NCCL's header of `version` fills it.
ncclConfig_t unset(std::size_t size = sizeof(ncclConfig_t), unsigned version = 23007) {
  ncclConfig_t config{};
  for (std::size_t at = 16; at < sizeof config; at += 4) {
    if (at == 32 || at == 48) at += 8;  // Names are null, not INT_MIN.
    std::memcpy(reinterpret_cast<std::byte*>(&config) + at, &nccl_undefined, 4);
  }
  config.size = size;
  config.magic = 0xcafebeef;
  config.version = version;
  return config;
}

Config read(const ncclConfig_t& config, const Environment& environment = {}) {
  return config_of(&config, [&](std::string_view name) { return environment.get(name); });
}

std::string refusal_of(const ncclConfig_t& config) {
  try {
    static_cast<void>(read(config));
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::argument);
    return error.what();
  }
  return "";
}

TEST(Config, OfNothingIsTheDefault) {
  EXPECT_EQ(config_of(nullptr, [](auto) { return std::nullopt; }), Config{});
  EXPECT_EQ(read(unset()), Config{});
}

TEST(Config, TakesWhatIsSet) {
  auto given = unset();
  given.blocking = 0;
  given.minCTAs = 2;
  given.maxCTAs = 4;
  given.splitShare = 1;
  given.shrinkShare = 1;
  given.graphUsageMode = 1;
  std::string name = "data parallel";
  given.commName = name.c_str();
  const auto config = read(given);
  name = "gone";
  EXPECT_EQ(config, (Config{.blocking = false,
                            .split_share = true,
                            .shrink_share = true,
                            .mixes_graphs = false,
                            .min_blocks = 2,
                            .max_blocks = 4,
                            .name = "data parallel"}));
}

TEST(Config, ThatWasNotInitialisedIsRefused) {
  auto given = unset();
  given.magic = 0;
  EXPECT_THAT(refusal_of(given), HasSubstr("NCCL_CONFIG_INITIALIZER"));
  EXPECT_THAT(refusal_of(unset(8)), HasSubstr("NCCL_CONFIG_INITIALIZER"));
  EXPECT_THAT(refusal_of(unset(0)), HasSubstr("NCCL_CONFIG_INITIALIZER"));
}

TEST(Config, IsReadNoFurtherThanItReaches) {
  // Sizes of the structure from 2.14 on. Source: its headers.
  for (const std::size_t size : {24, 40, 48, 72, 80, 88, 96}) {
    auto whole = unset(size);
    whole.blocking = 0;
    const auto* const first = reinterpret_cast<const std::byte*>(&whole);
    const std::vector<std::byte> bytes(first, first + size);  // A sanitizer watches its end.
    const auto config = config_of(reinterpret_cast<const ncclConfig_t*>(bytes.data()),
                                  [](auto) { return std::nullopt; });
    EXPECT_EQ(config, Config{.blocking = false}) << size;
  }
}

TEST(Config, OfALongerNewerStructureIsTaken) {
  auto given = unset(200, 24000);
  given.maxCTAs = 3;
  EXPECT_EQ(read(given).max_blocks, 3);
}

TEST(Config, DoesNotTakePaddingOfAnOldVersionForAField) {
  auto given = unset(48, 22400);
  given.trafficClass = 77;
  EXPECT_EQ(read(given), Config{});
  given = unset(96, 23004);
  given.graphStreamOrdering = 77;
  EXPECT_EQ(read(given), Config{});
  given.version = 23005;
  EXPECT_THAT(refusal_of(given), HasSubstr("graphStreamOrdering is 77; it may be 0 to 1"));
}

TEST(Config, NamesTheFieldThatIsOutOfRange) {
  auto given = unset();
  given.blocking = 2;
  EXPECT_THAT(refusal_of(given), HasSubstr("blocking is 2; it may be 0 to 1"));
  given = unset();
  given.maxCTAs = 0;
  EXPECT_THAT(refusal_of(given), HasSubstr("maxCTAs is 0; it may be 1 or more"));
  given.minCTAs = 8;
  given.maxCTAs = 4;
  EXPECT_THAT(refusal_of(given), HasSubstr("minCTAs is 8, more than maxCTAs, 4"));
}

TEST(Config, CutsMoreBlocksThanThereMayBe) {
  auto given = unset();
  given.minCTAs = 100;
  EXPECT_EQ(read(given).min_blocks, 64);
  given.maxCTAs = 1000;
  EXPECT_EQ(read(given).max_blocks, 64);
}

TEST(Config, GivesWayToTheEnvironment) {
  auto given = unset();
  given.blocking = 1;
  given.minCTAs = 8;
  given.maxCTAs = 16;
  const auto config = read(given, {{"NCCL_COMM_BLOCKING", "0"},
                                   {"NCCL_MAX_CTAS", "4"},
                                   {"NCCL_COMM_SPLIT_SHARE_RESOURCES", "1"},
                                   {"NCCL_GRAPH_MIXING_SUPPORT", "0"}});
  EXPECT_EQ(config, (Config{.blocking = false,
                            .split_share = true,
                            .mixes_graphs = false,
                            .min_blocks = 4,
                            .max_blocks = 4}));
}

TEST(Config, PassesOverVariablesThatMakeNoSense) {
  EXPECT_EQ(read(unset(),
                 {{"NCCL_COMM_BLOCKING", "7"}, {"NCCL_MAX_CTAS", "-1"}, {"NCCL_MIN_CTAS", "many"}}),
            Config{});
}

}  // namespace
}  // namespace septet::abi
