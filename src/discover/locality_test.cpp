// SPDX-License-Identifier: Apache-2.0
#include "discover/locality.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace septet {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Locality, CpuListsAreRangesAndSingles) {
  EXPECT_THAT(parse_cpu_list("0-3,8,10-11"), ElementsAre(0, 1, 2, 3, 8, 10, 11));
  EXPECT_THAT(parse_cpu_list("8,0-1,1"), ElementsAre(0, 1, 8));
}

TEST(Locality, MalformedCpuListIsNoCpus) {
  for (const auto* text : {"", "a", "3-1", "-1", "0-", "0-99999999", "0,,1"}) {
    EXPECT_THAT(parse_cpu_list(text), IsEmpty()) << text;
  }
}

TEST(Locality, AddressesAreSpelledAsTheKernelDoes) {
  EXPECT_EQ(sysfs_address("00000000:3B:00.0"), "0000:3b:00.0");
  EXPECT_EQ(sysfs_address("00010000:3B:00.0"), "00010000:3b:00.0");
  EXPECT_EQ(sysfs_address("0000:3B:00.0"), "0000:3b:00.0");
}

TEST(Locality, DeviceThatTheKernelDoesNotKnowIsNearNothing) {
  const auto nothing = locality_of("0000:3b:00.0", "/nowhere");
  EXPECT_EQ(nothing.numa_node, std::nullopt);
  EXPECT_THAT(nothing.cpus, IsEmpty());
}

}  // namespace
}  // namespace septet
