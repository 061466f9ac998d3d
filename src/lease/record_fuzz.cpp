// SPDX-License-Identifier: Apache-2.0
#include "lease/record.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

/// What was read is written again the same way: nothing in it was half understood.
template <typename Parse, typename Print>
void try_both_ways(std::string_view text, Parse parse, Print print) {
  const auto first = parse(text);
  if (!first) return;
  const auto printed = print(*first);
  const auto second = parse(printed);
  if (!second || print(*second) != printed) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try_both_ways(text, septet::parse_record, septet::print_record);
  try_both_ways(text, septet::parse_waiter, septet::print_waiter);
  return 0;
}
