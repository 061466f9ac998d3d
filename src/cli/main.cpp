// SPDX-License-Identifier: Apache-2.0
#include "cli/program.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <iostream>
#include <optional>

namespace {

using septet::cli::TerminalSize;

std::optional<TerminalSize> size_of_terminal(int descriptor) {
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return {};
  return TerminalSize{.columns = size.ws_col, .rows = size.ws_row};
}

}  // namespace

int main(int count, char** words) {
  septet::cli::Context context{
      .environment = septet::Environment::current(),
      .out = std::cout,
      .err = std::cerr,
      .out_is_terminal = ::isatty(STDOUT_FILENO) == 1,
      .err_is_terminal = ::isatty(STDERR_FILENO) == 1,
      .columns = size_of_terminal(STDOUT_FILENO).value_or(TerminalSize{}).columns,
      .err_size = [] { return size_of_terminal(STDERR_FILENO); },
  };
  return septet::cli::run_program({words + 1, words + count}, context);
}
