// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>

namespace septet {

/// Bytes that can be allocated before the kernel kills somebody for memory: the least of what the
/// host has (with swap) and what the memory limits of this process's control groups (version 2)
/// leave, page cache counted as free. All bits set where `root`/proc does not tell. `root` is for
/// tests.
[[nodiscard]] std::uint64_t free_memory(const std::filesystem::path& root = "/");

}  // namespace septet
