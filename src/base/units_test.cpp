// SPDX-License-Identifier: Apache-2.0
#include "base/units.hpp"

#include <septet/error.hpp>

#include <gtest/gtest.h>

namespace septet {
namespace {

using namespace std::chrono_literals;

TEST(Units, BytesCountInPowersOf1024) {
  EXPECT_EQ(parse_bytes("4096"), 4096U);
  EXPECT_EQ(parse_bytes("10G"), 10 * gibibyte);
  EXPECT_EQ(parse_bytes("9.5 gib"), 9 * gibibyte + gibibyte / 2);
  EXPECT_EQ(parse_bytes("512MB"), 512 * mebibyte);
}

TEST(Units, WrongBytesAreNamedInTheError) {
  for (const auto* text : {"", "G", "-1G", "1e9", "10X", "10GG", "nan", "99999999T"}) {
    EXPECT_THROW(static_cast<void>(parse_bytes(text)), Error) << text;
  }
  try {
    static_cast<void>(parse_bytes("ten"));
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "\"ten\" is not a size: write 10G, 512M or 4096");
  }
}

TEST(Units, BytesPrintAsPeopleReadThem) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(9984 * mebibyte), "9.8 GiB");
  EXPECT_EQ(format_bytes(10 * gibibyte), "10 GiB");
  EXPECT_EQ(format_bytes(143360 * mebibyte), "140 GiB");
  EXPECT_EQ(format_bytes(~0ULL), "16 EiB");
}

TEST(Units, DurationsAddUp) {
  EXPECT_EQ(parse_duration("30"), 30s);
  EXPECT_EQ(parse_duration("1.5s"), 1500ms);
  EXPECT_EQ(parse_duration("250ms"), 250ms);
  EXPECT_EQ(parse_duration("1h30m"), 90min);
  EXPECT_EQ(parse_duration("2d"), 48h);
}

TEST(Units, WrongDurationsAreRefused) {
  for (const auto* text : {"", "s", "5x", "-3s", "1h-2m", "1e99d"}) {
    EXPECT_THROW(static_cast<void>(parse_duration(text)), Error) << text;
  }
}

TEST(Units, DurationsPrintTheirTwoLargestUnits) {
  EXPECT_EQ(format_duration(850ms), "850ms");
  EXPECT_EQ(format_duration(42s), "42s");
  EXPECT_EQ(format_duration(192s), "3m12s");
  EXPECT_EQ(format_duration(5h + 7min), "5h07m");
  EXPECT_EQ(format_duration(52h), "2d04h");
}

}  // namespace
}  // namespace septet
