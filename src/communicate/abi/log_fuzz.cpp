// SPDX-License-Identifier: Apache-2.0
// Any bytes as what the log's variables say: they are read, and a file's name without % is itself.
#include "communicate/abi/log.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto settings = septet::abi::log_settings_of([&](std::string_view) { return text; });
  if (settings.level > septet::abi::LogLevel::trace) __builtin_trap();
  const auto name = septet::abi::file_name_of(text, "node1", 42);
  if (text.find('%') == std::string::npos && name != text) __builtin_trap();
  if (name.size() > 3 * text.size()) __builtin_trap();
  return 0;
}
