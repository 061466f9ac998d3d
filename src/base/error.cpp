// SPDX-License-Identifier: Apache-2.0
#include <septet/error.hpp>

#include <array>

namespace septet {
namespace {

struct Row {
  ErrorKind kind;
  std::string_view name;
  int exit_status;
};

// Source of the numbers: sysexits.h; architecture.md for 69 and 75.
constexpr std::array kinds{
    Row{ErrorKind::argument, "argument", 64},       Row{ErrorKind::usage, "usage", 64},
    Row{ErrorKind::unavailable, "unavailable", 75}, Row{ErrorKind::peer, "peer", 76},
    Row{ErrorKind::device, "device", 69},           Row{ErrorKind::system, "system", 71},
    Row{ErrorKind::internal, "internal", 70},
};

constexpr bool rows_stand_in_order() {
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if (kinds.at(i).kind != static_cast<ErrorKind>(i)) return false;
  }
  return true;
}
static_assert(rows_stand_in_order());

const Row& row_of(ErrorKind kind) noexcept { return kinds[static_cast<std::size_t>(kind)]; }

}  // namespace

Error::Error(ErrorKind kind, const std::string& message, std::source_location where)
    : std::runtime_error(message), kind_(kind), where_(where) {}

std::string_view name_of(ErrorKind kind) noexcept { return row_of(kind).name; }

int exit_status(ErrorKind kind) noexcept { return row_of(kind).exit_status; }

}  // namespace septet
