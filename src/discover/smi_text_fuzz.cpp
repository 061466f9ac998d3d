// SPDX-License-Identifier: Apache-2.0
// Any text is read as nvidia-smi -L or refused; what was read is printed and reads back the same.
#include "discover/smi_text.hpp"
#include <septet/error.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const auto host = septet::parse_smi_text(text, "smi:fuzz");
    if (septet::parse_smi_text(septet::format_smi_text(host), "smi:fuzz") != host) __builtin_trap();
  } catch (const septet::Error&) {
    return 0;
  }
  return 0;
}
