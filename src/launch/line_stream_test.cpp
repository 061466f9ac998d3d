// SPDX-License-Identifier: Apache-2.0
#include "launch/line_stream.hpp"

#include <gtest/gtest.h>

#include <random>

namespace septet {
namespace {

/// Feeds `portions` and gathers what comes on, each call a piece.
std::vector<std::string> forwarded(const std::string& prefix,
                                   const std::vector<std::string>& portions) {
  std::vector<std::string> pieces;
  LineStream stream(prefix, [&](std::string_view text) { pieces.emplace_back(text); });
  for (const auto& portion : portions) stream.feed(portion);
  stream.finish();
  return pieces;
}

std::string joined(const std::vector<std::string>& pieces) {
  std::string text;
  for (const auto& piece : pieces) text += piece;
  return text;
}

using Pieces = std::vector<std::string>;

TEST(LineStream, HoldsALineBackUntilItIsWhole) {
  EXPECT_EQ(forwarded("", {"a", "b\nc", "\n"}), (Pieces{"ab\n", "c\n"}));
}

TEST(LineStream, PassesTheLastLineAsItIs) {
  EXPECT_EQ(forwarded("", {"a\nb"}), (Pieces{"a\n", "b"}));
}

TEST(LineStream, TagsEveryLineAndEndsTheLast) {
  EXPECT_EQ(joined(forwarded("[1] ", {"a\n\nb", "c"})), "[1] a\n[1] \n[1] bc\n");
}

TEST(LineStream, PassesALongLineInPiecesWithOneTag) {
  const std::string half(LineStream::longest_line, 'x');
  const auto pieces = forwarded("[1] ", {half, half, "\nend"});
  EXPECT_GT(pieces.size(), 2U);
  EXPECT_EQ(joined(pieces), "[1] " + half + half + "\n[1] end\n");
}

TEST(LineStream, GivesTheSameWhateverThePortions) {
  std::mt19937 chance(7);
  std::string text;
  for (int i = 0; i < 2000; ++i) text += chance() % 9 == 0 ? '\n' : 'a';
  const auto whole = joined(forwarded("> ", {text}));
  for (int round = 0; round < 50; ++round) {
    Pieces portions;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t size = 1 + chance() % 300;
      portions.push_back(text.substr(at, size));
      at += size;
    }
    EXPECT_EQ(joined(forwarded("> ", portions)), whole);
  }
}

TEST(LineStream, RemembersTheLastLines) {
  LineStream stream("", [](std::string_view) {});
  for (int i = 0; i < 5000; ++i) stream.feed("line " + std::to_string(i) + "\n");
  stream.feed("end");
  EXPECT_EQ(stream.last_lines(2), (Pieces{"line 4999", "end"}));
  EXPECT_EQ(LineStream("", [](std::string_view) {}).last_lines(2), Pieces());
}

}  // namespace
}  // namespace septet
