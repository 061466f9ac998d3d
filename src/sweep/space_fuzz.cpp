// SPDX-License-Identifier: Apache-2.0
// Any text as each thing that a sweep reads: it is taken, or refused with an Error. What is taken
// must work: every trial has all values, and the space can be told from another.
#include "sweep/command.hpp"
#include "sweep/csv.hpp"
#include <septet/error.hpp>
#include <septet/space.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

void require(bool truth) {
  if (!truth) __builtin_trap();
}

void try_space(const septet::Space& space) {
  septet::check(space);
  (void)septet::digest_of(space);
  const auto size = septet::size_of(space);
  std::size_t names = space.random.size();
  for (const auto& axis : space.axes) names += axis.names.size();
  for (const std::size_t index : {std::size_t{0}, size / 2, size - 1}) {
    require(septet::parameters_of(space, index).size() == names);
  }
}

template <typename Try>
void refuses_or_works(Try&& attempt) {
  try {
    attempt();
  } catch (const septet::Error& error) {
    require(error.kind() != septet::ErrorKind::internal);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  refuses_or_works([&] { try_space({.axes = {septet::parse_axis(text)}, .random = {}}); });
  refuses_or_works([&] {
    try_space({.axes = {}, .random = {septet::parse_random(text)}, .draws = 5, .seed = 3});
  });
  refuses_or_works([&] { try_space({.axes = {septet::parse_table(text, "t")}, .random = {}}); });
  refuses_or_works([&] { try_space({.axes = {septet::parse_lines(text, "1")}, .random = {}}); });
  refuses_or_works([&] {
    const septet::Parameters values{{"lr", "{lr}"}, {"1", "x"},    {"trial", "1"}, {"seed", "2"},
                                    {"slice", "s"}, {"slot", "1"}, {"folder", "f"}};
    const septet::CommandTemplate command({text}, {"lr", "1"});
    require(!command.fill(values).empty());
  });
  const auto field = septet::csv_field(text);
  require(septet::parse_record(field) == std::vector<std::string>{text});
  return 0;
}
