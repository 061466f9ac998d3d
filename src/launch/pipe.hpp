// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/unique_fd.hpp>

namespace septet {

/// The two ends of a pipe, close-on-exec.
struct PipeEnds {
  UniqueFd read_end;
  UniqueFd write_end;
};

/// Throws Error `system`.
[[nodiscard]] PipeEnds make_pipe();

}  // namespace septet
