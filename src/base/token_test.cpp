// SPDX-License-Identifier: Apache-2.0
#include "base/this_host.hpp"
#include <septet/error.hpp>
#include <septet/token.hpp>

#include <gtest/gtest.h>

#include <bit>
#include <set>

namespace septet {
namespace {

TEST(Token, TextGoesThereAndBack) {
  const auto token = random_token();
  const auto text = text_of(token);
  EXPECT_EQ(text.size(), 48U);
  EXPECT_EQ(token_of(text), token);
}

TEST(Token, TextIsReadableInItsOrder) {
  const Token token{.bits = {0x1, 0xfedcba9876543210}, .host = 0xab};
  EXPECT_EQ(text_of(token), "0000000000000001fedcba987654321000000000000000ab");
}

TEST(Token, OtherTextIsRefusedAndShown) {
  const std::string good(48, 'a');
  for (const auto& bad : {std::string(), good.substr(1), good + "a", std::string(48, 'A'),
                          std::string(48, 'g'), " " + good.substr(1), "-" + good.substr(1)}) {
    try {
      (void)token_of(bad);
      FAIL() << bad;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::argument);
      EXPECT_NE(std::string_view(error.what()).find('"' + bad + '"'), std::string_view::npos);
    }
  }
}

TEST(Token, RandomOnesDifferAndNameThisHost) {
  const auto one = random_token();
  const auto other = random_token();
  EXPECT_NE(one.bits, other.bits);
  EXPECT_EQ(one.host, this_host());
  EXPECT_NE(one.host, 0U);
}

TEST(Token, DerivedOnesAreAlikeForTheSameInputs) {
  const auto parent = random_token();
  EXPECT_EQ(derived_token(parent, "split", 7), derived_token(parent, "split", 7));
  EXPECT_EQ(derived_token(parent, "split", 7).host, parent.host);
}

TEST(Token, DerivedOnesDifferInEveryInput) {
  const Token parent{.bits = {0, 0}, .host = 0};
  std::set<Token> all{parent};
  for (const auto& from :
       {parent, Token{.bits = {1, 0}}, Token{.bits = {0, 1}}, Token{.host = 1}}) {
    for (const auto* purpose : {"", "s", "split", "shrink", "split-split", "split-split "}) {
      for (const std::uint64_t number : {0ULL, 1ULL, ~0ULL}) {
        all.insert(derived_token(from, purpose, number));
      }
    }
  }
  EXPECT_EQ(all.size(), 1U + 4U * 6U * 3U);
}

TEST(Token, OneBitOfInputTurnsAboutHalfOfTheDerivedBits) {
  const Token parent{.bits = {1234, 5678}, .host = 9};
  const auto before = derived_token(parent, "split", 0);
  int turned = 0;
  for (unsigned i = 0; i < 64; ++i) {
    const auto after = derived_token(parent, "split", 1ULL << i);
    for (const auto w : {0U, 1U}) turned += std::popcount(before.bits[w] ^ after.bits[w]);
  }
  EXPECT_NEAR(turned, 64 * 64, 64 * 8);
}

}  // namespace
}  // namespace septet
