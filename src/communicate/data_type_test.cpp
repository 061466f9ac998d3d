// SPDX-License-Identifier: Apache-2.0
#include "communicate/element_type.hpp"
#include <septet/data_type.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <string_view>

namespace septet {
namespace {

TEST(DataType, HasTheNumbersOfNccl) {
  EXPECT_EQ(static_cast<int>(DataType::int8), 0);
  EXPECT_EQ(static_cast<int>(DataType::uint64), 5);
  EXPECT_EQ(static_cast<int>(DataType::float16), 6);
  EXPECT_EQ(static_cast<int>(DataType::bfloat16), 9);
  EXPECT_EQ(static_cast<int>(DataType::float8_e5m2), 11);
  EXPECT_EQ(static_cast<int>(Reduction::avg), 4);
}

TEST(DataType, IsListedInTheOrderOfItsNumbers) {
  ASSERT_EQ(all_data_types().size(), 14U);
  for (std::size_t i = 0; i < 14; ++i) {
    EXPECT_EQ(static_cast<std::size_t>(all_data_types()[i]), i);
  }
  ASSERT_EQ(all_reductions().size(), 5U);
  EXPECT_EQ(all_reductions()[4], Reduction::avg);
}

TEST(DataType, HasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (const auto type : all_data_types()) names.insert(name_of(type));
  for (const auto reduction : all_reductions()) names.insert(name_of(reduction));
  EXPECT_EQ(names.size(), 19U);
  EXPECT_EQ(name_of(DataType::float8_e4m3), "float8_e4m3");
  EXPECT_EQ(name_of(DataType::uint16), "uint16");
  EXPECT_EQ(name_of(Reduction::min), "min");
}

TEST(DataType, IsAsLargeAsTheElementsThatItStandsFor) {
  for (const auto type : all_data_types()) {
    std::size_t bytes = 0;
    with_type(type, [&](auto element) { bytes = sizeof(typename decltype(element)::type); });
    EXPECT_EQ(size_of(type), bytes) << name_of(type);
  }
}

TEST(DataType, OfANumberThatMeansNoneIsUnknown) {
  const auto none = static_cast<DataType>(14);
  EXPECT_EQ(name_of(none), "unknown");
  EXPECT_EQ(size_of(none), 0U);
  EXPECT_EQ(name_of(static_cast<Reduction>(5)), "unknown");
  with_type(none, [](auto) { FAIL() << "called for no type"; });
}

}  // namespace
}  // namespace septet
