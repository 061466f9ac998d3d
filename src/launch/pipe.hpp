// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/unique_fd.hpp>

namespace septet {

/// The two ends of a pipe, close-on-exec.
struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

/// Throws Error `system`.
[[nodiscard]] Pipe make_pipe();

}  // namespace septet
