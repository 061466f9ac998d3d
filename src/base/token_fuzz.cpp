// SPDX-License-Identifier: Apache-2.0
// Any text as a token: it is refused as an argument, or printed again the same.
#include <septet/error.hpp>
#include <septet/token.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    if (septet::text_of(septet::token_of(text)) != text) __builtin_trap();
  } catch (const septet::Error& error) {
    if (error.kind() != septet::ErrorKind::argument) __builtin_trap();
  }
  return 0;
}
