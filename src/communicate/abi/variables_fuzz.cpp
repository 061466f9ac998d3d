// SPDX-License-Identifier: Apache-2.0
// Any bytes as a nccl.conf: each variable that is read stands in it as a line.
#include "communicate/abi/variables.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto& [name, value] : septet::abi::variables_in(text)) {
    if (text.find(name + "=" + value) == std::string_view::npos) __builtin_trap();
    if (name.starts_with('#') || name.find('=') != std::string::npos) __builtin_trap();
  }
  return 0;
}
