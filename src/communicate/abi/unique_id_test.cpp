// SPDX-License-Identifier: Apache-2.0
#include "communicate/abi/unique_id.hpp"

#include <septet/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

namespace septet::abi {
namespace {

using testing::HasSubstr;

const Token token{.bits = {1, 0xffffffffffffffff}, .host = 3};

std::string refusal_of(const ncclUniqueId& id) {
  try {
    static_cast<void>(token_of(id));
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    return error.what();
  }
  return "";
}

TEST(UniqueId, HoldsAToken) { EXPECT_EQ(token_of(unique_id_of(token)), token); }

TEST(UniqueId, IsReadWhateverStandsAfterTheToken) {
  auto id = unique_id_of(token);
  EXPECT_TRUE(std::all_of(id.internal + 32, std::end(id.internal), [](char c) { return c == 0; }));
  std::memset(id.internal + 32, 0x5a, sizeof id.internal - 32);
  EXPECT_EQ(token_of(id), token);
}

TEST(UniqueId, OfAnotherLibraryIsRefused) {
  EXPECT_THAT(refusal_of(ncclUniqueId{}), HasSubstr("has loaded another library"));
  auto id = unique_id_of(token);
  ++id.internal[0];
  EXPECT_THAT(refusal_of(id), HasSubstr("has loaded another library"));
}

TEST(UniqueId, OfAnotherVersionIsRefusedWithBothNamed) {
  auto id = unique_id_of(token);
  id.internal[7] = 9;
  EXPECT_THAT(refusal_of(id), HasSubstr("version 9"));
  EXPECT_THAT(refusal_of(id), HasSubstr("has version 1"));
}

TEST(UniqueId, IsAnotherOneEachTime) {
  EXPECT_NE(token_of(new_unique_id({})), token_of(new_unique_id({})));
}

TEST(UniqueId, IsTheSameForEqualTextsOfNcclCommId) {
  const auto one = token_of(new_unique_id("10.0.0.1:5000"));
  EXPECT_EQ(one, token_of(new_unique_id("10.0.0.1:5000")));
  EXPECT_NE(one, token_of(new_unique_id("10.0.0.1:5001")));
  EXPECT_EQ(one.host, token_of(new_unique_id({})).host);
}

}  // namespace
}  // namespace septet::abi
