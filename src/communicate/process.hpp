// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/unique_fd.hpp>

#include <sys/types.h>

#include <cstdint>

namespace septet {

/// A pidfd of the process that has this number here; empty when none has, or when the kernel has no
/// pidfds (before 5.3). Close-on-exec.
[[nodiscard]] UniqueFd open_process(pid_t pid);

/// Whether the process of this pidfd has ended. Never waits.
[[nodiscard]] bool has_ended(int pidfd);

/// The same by its number, which another process may have by now. A zombie has ended.
[[nodiscard]] bool has_pid_ended(pid_t pid);

/// The number of the namespace that this process's own number is from, so that pid 1 of one
/// container is not taken for pid 1 of another. 0 where /proc is hidden.
[[nodiscard]] std::uint64_t own_pid_space();

}  // namespace septet
