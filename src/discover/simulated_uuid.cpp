// SPDX-License-Identifier: Apache-2.0
#include "discover/simulated_uuid.hpp"

#include "discover/sha1.hpp"

#include <cstdio>
#include <string_view>

namespace septet::simulated {
namespace {

constexpr std::string_view name_space{
    "\xc8\x16\xc9\xa3\x52\x24\x56\xbf\x9d\x9a\xac\x7e\xa7\x03\xfb\x5b", 16};

std::string little_endian(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text.push_back(static_cast<char>(value >> (8 * i)));
  return text;
}

/// A field behind its own length, as the driver strings them together.
std::string field(const std::string& bytes) {
  return std::string(1, static_cast<char>(bytes.size())) + bytes;
}

std::string hashed_fields(const Identity& gpu) {
  return std::string(name_space) + "NVIDIA GPU" + field(little_endian(gpu.chip, 2)) +
         field(little_endian(gpu.pdi, 8));
}

/// RFC 9562, 5.5: the first 16 bytes of the digest, with version 5 and variant 1.
std::string uuid_of(const std::string& bytes) {
  auto digest = sha1(bytes);
  digest[6] = static_cast<std::uint8_t>((digest[6] & 0x0F) | 0x50);
  digest[8] = static_cast<std::uint8_t>((digest[8] & 0x3F) | 0x80);
  std::string text;
  for (std::size_t i = 0; i < 16; ++i) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", digest[i]);
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += digits;
  }
  return text;
}

}  // namespace

std::string gpu_uuid(const Identity& gpu) { return "GPU-" + uuid_of(hashed_fields(gpu)); }

std::string mig_uuid(const Identity& gpu, int gpu_instance, int pipe) {
  const auto id = static_cast<std::uint64_t>(gpu_instance);
  const auto place =
      "SMC" + little_endian(id, 4) + little_endian(static_cast<std::uint64_t>(pipe), 4);
  return "MIG-" + uuid_of(hashed_fields(gpu) + field(place));
}

}  // namespace septet::simulated
