// SPDX-License-Identifier: Apache-2.0
// Any bytes as a caller's ncclConfig_t, as many of them as it says it has: it is refused with an
// argument error, or what is read of it is within its ranges.
#include "communicate/abi/config.hpp"
#include <septet/error.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace {

/// The bytes in memory that ends where they say that it ends; names are of the caller's, so they
/// cannot be any bytes.
std::vector<std::byte> callers(const std::uint8_t* data, std::size_t size) {
  std::size_t told = 0;
  std::memcpy(&told, data, sizeof told);
  std::vector<std::byte> bytes(std::clamp<std::size_t>(told, sizeof told, 256));
  std::memcpy(bytes.data(), data, std::min(size, bytes.size()));
  for (const auto at : {offsetof(ncclConfig_t, netName), offsetof(ncclConfig_t, commName)}) {
    if (at < bytes.size())
      std::fill_n(bytes.data() + at, std::min(bytes.size() - at, std::size_t{8}), std::byte{});
  }
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < sizeof(std::size_t)) return 0;
  const auto bytes = callers(data, size);
  try {
    const auto config = septet::abi::config_of(reinterpret_cast<const ncclConfig_t*>(bytes.data()),
                                               [](auto) { return std::nullopt; });
    const bool fits = config.min_blocks >= 1 && config.min_blocks <= config.max_blocks;
    if (!fits || config.max_blocks > 64) __builtin_trap();
  } catch (const septet::Error& error) {
    if (error.kind() != septet::ErrorKind::argument) __builtin_trap();
  }
  return 0;
}
