// SPDX-License-Identifier: Apache-2.0
#include "discover/profile_name.hpp"

#include "base/units.hpp"

#include <gtest/gtest.h>

namespace septet {
namespace {

TEST(ProfileName, PartsAreRead) {
  EXPECT_EQ(parse_profile_name("1g.10gb"), (ProfileName{1, 1, 10, ""}));
  EXPECT_EQ(parse_profile_name("1c.3g.20gb"), (ProfileName{3, 1, 20, ""}));
  EXPECT_EQ(parse_profile_name("1g.24gb+me.all"), (ProfileName{1, 1, 24, "+me.all"}));
  EXPECT_EQ(parse_profile_name("2g.48gb-me"), (ProfileName{2, 2, 48, "-me"}));
}

TEST(ProfileName, OtherTextIsNone) {
  for (const auto* text : {"", "g.10gb", "1g", "1g.10", "1g.10gbx", "1g.10gb+", "full", "1c.10gb",
                           "99999999999g.1gb", "1g.10gb +me"}) {
    EXPECT_EQ(parse_profile_name(text), std::nullopt) << text;
  }
}

TEST(ProfileName, StandsBehindMigInADeviceName) {
  EXPECT_EQ(profile_in_device_name("NVIDIA A100-SXM4-40GB MIG 1c.3g.20gb"), "1c.3g.20gb");
  EXPECT_EQ(profile_in_device_name("NVIDIA A100-SXM4-40GB"), std::nullopt);
  EXPECT_EQ(profile_in_device_name("Card MIG edition"), std::nullopt);
}

/// A slice of a board, by what nvidia-smi prints on real ones.
struct Known {
  int gpu_slices;
  int compute_slices;
  std::uint64_t slice_mib;
  std::uint64_t gpu_mib;
  const char* name;
};

TEST(ProfileName, IsDerivedAsTheDriverNamesIt) {
  constexpr Known known[] = {
      {1, 1, 4864, 40960, "1g.5gb"},    {1, 1, 9856, 40960, "1g.10gb"},
      {3, 3, 19968, 40960, "3g.20gb"},  {3, 1, 19968, 40960, "1c.3g.20gb"},
      {7, 7, 40192, 40960, "7g.40gb"},  {1, 1, 5952, 24576, "1g.6gb"},
      {4, 4, 40448, 81559, "4g.40gb"},  {1, 1, 16384, 143771, "1g.18gb"},
      {2, 2, 33280, 143771, "2g.35gb"}, {3, 3, 71424, 143771, "3g.71gb"},
      {1, 1, 24192, 97887, "1g.24gb"},  {1, 1, 9984, 0, "1g.10gb"},
  };
  for (const auto& one : known) {
    EXPECT_EQ(derive_profile_name({.gpu_slices = one.gpu_slices,
                                   .compute_slices = one.compute_slices,
                                   .memory_bytes = one.slice_mib * mebibyte,
                                   .gpu_memory_bytes = one.gpu_mib * mebibyte}),
              one.name);
  }
}

}  // namespace
}  // namespace septet
