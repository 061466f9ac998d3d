// SPDX-License-Identifier: Apache-2.0
// Any text as a table of manners: it is none, or its lines are printed and read again the same.
#include "communicate/tuning_table.hpp"
#include <septet/error.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const auto table = septet::parse_tuning(text, "table");
    std::string printed(septet::tuning_heading());
    for (const auto& line : table) printed += "\n" + septet::text_of(line);
    if (septet::parse_tuning(printed, "printed") != table) __builtin_trap();
    for (const auto& line : table) {
      const auto lines = septet::lines_for(table, line.buffers, line.ranks);
      if (septet::line_of(lines, line.from_bytes) != line) __builtin_trap();
    }
  } catch (const septet::Error& error) {
    if (error.kind() != septet::ErrorKind::argument) __builtin_trap();
  }
  return 0;
}
