// SPDX-License-Identifier: Apache-2.0
// Any text is refused with an Error or is a host that is written as it was read.
#include "discover/simulated_state.hpp"
#include <septet/error.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using septet::simulated::read_state;
  using septet::simulated::write_state;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const auto state = write_state(read_state(text));
    if (write_state(read_state(state)) != state) __builtin_trap();
  } catch (const septet::Error& error) {
    if (error.kind() != septet::ErrorKind::argument) __builtin_trap();
  }
  return 0;
}
