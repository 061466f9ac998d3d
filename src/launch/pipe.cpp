// SPDX-License-Identifier: Apache-2.0
#include "launch/pipe.hpp"

#include "base/errno.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>

namespace septet {

PipeEnds make_pipe() {
  std::array<int, 2> ends{};
  check(::pipe2(ends.data(), O_CLOEXEC), "make a pipe");
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

}  // namespace septet
