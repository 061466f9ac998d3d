// SPDX-License-Identifier: Apache-2.0
#include "communicate/host/copy.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <vector>

namespace septet {
namespace {

TEST(CopyPastCache, CopiesAllBytesAndNoOthersWhateverTheAddresses) {
  std::vector<std::byte> from(400);
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<std::byte>(i);
  for (std::size_t bytes = 0; bytes < 300; bytes += 7) {
    for (std::size_t offset = 0; offset < 64; offset += 5) {
      std::vector<std::byte> to(400, std::byte{0xee});
      copy_past_cache(to.data() + offset, from.data() + offset / 2, bytes);
      for (std::size_t i = 0; i < to.size(); ++i) {
        const bool inside = i >= offset && i < offset + bytes;
        ASSERT_EQ(to[i], inside ? from[i - offset + offset / 2] : std::byte{0xee});
      }
    }
  }
}

}  // namespace
}  // namespace septet
