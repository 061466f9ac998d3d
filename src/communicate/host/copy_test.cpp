// SPDX-License-Identifier: Apache-2.0
#include "communicate/host/copy.hpp"

#include "communicate/host/instructions.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

namespace septet {
namespace {

class Stream : public testing::TestWithParam<Instructions> {};

TEST_P(Stream, CopiesAllBytesAndNoOthersWhateverTheAddresses) {
  if (!is_supported(GetParam())) GTEST_SKIP() << "not an instruction set of this processor";
  std::vector<std::byte> from(400);
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<std::byte>(i);
  for (std::size_t bytes = 0; bytes < 300; bytes += 7) {
    for (std::size_t offset = 0; offset < 64; offset += 5) {
      std::vector<std::byte> to(400, std::byte{0xee});
      stream(to.data() + offset, from.data() + offset / 2, bytes, from.data(), GetParam());
      end_streams();
      for (std::size_t i = 0; i < to.size(); ++i) {
        const bool inside = i >= offset && i < offset + bytes;
        ASSERT_EQ(to[i], inside ? from[i - offset + offset / 2] : std::byte{0xee});
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, Stream,
                         testing::Values(Instructions::any, Instructions::avx2,
                                         Instructions::avx512),
                         [](const auto& param) { return std::string(name_of(param.param)); });

TEST(CopyPastCache, MayBeDoneInPartsThatMeetWithinALine) {
  std::vector<std::byte> from(1000);
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<std::byte>(i % 251);
  std::vector<std::byte> to(from.size());
  for (std::size_t i = 0; i < from.size(); i += 125)
    stream(to.data() + i, from.data() + i, 125, from.data());
  end_streams();
  EXPECT_EQ(to, from);

  std::vector<std::byte> again(from.size());
  copy_past_cache(again.data(), from.data(), from.size(), from.data());
  EXPECT_EQ(again, from);
}

}  // namespace
}  // namespace septet
