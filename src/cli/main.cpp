// SPDX-License-Identifier: Apache-2.0
#include "cli/program.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <iostream>

namespace {

int terminal_columns() {
  winsize size{};
  const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

}  // namespace

int main(int count, char** words) {
  septet::cli::Context context{
      .environment = septet::Environment::current(),
      .out = std::cout,
      .err = std::cerr,
      .out_is_terminal = ::isatty(STDOUT_FILENO) == 1,
      .err_is_terminal = ::isatty(STDERR_FILENO) == 1,
      .columns = terminal_columns(),
  };
  return septet::cli::run_program({words + 1, words + count}, context);
}
