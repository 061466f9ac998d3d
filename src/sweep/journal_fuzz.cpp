// SPDX-License-Identifier: Apache-2.0
// Any text as a journal: it is read or refused with an Error, and what was read is written and
// read again the same.
#include "sweep/journal.hpp"
#include "sweep/metrics.hpp"
#include <septet/error.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

void require(bool truth) {
  if (!truth) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)septet::parse_point(text);
  septet::History history;
  try {
    const auto whole = septet::read_journal(text, "journal", [&](const septet::Event& event) {
      history.add(event);
      const auto line = septet::print_event(event);
      require(line == septet::print_event(septet::parse_event(line)));
    });
    require(whole <= size && (whole == size || text.substr(whole).find('\n') == text.npos));
  } catch (const septet::Error& error) {
    require(error.kind() == septet::ErrorKind::argument);
  }
  return 0;
}
