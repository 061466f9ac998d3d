// SPDX-License-Identifier: Apache-2.0
// Any bytes as a message of a meeting: they are none, or the message is printed and read again the
// same. Of another version only the head is read, so there the bytes may differ.
#include "communicate/meeting_message.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto message = septet::parse_message(bytes);
  if (!message) return 0;
  const auto printed = septet::print_message(*message);
  const auto* const hello = std::get_if<septet::Hello>(&*message);
  const bool is_foreign = hello != nullptr && hello->version != septet::meeting_version;
  const bool same = is_foreign ? septet::parse_message(printed) == *message : printed == bytes;
  if (!same || printed.size() > septet::longest_message) __builtin_trap();
  return 0;
}
