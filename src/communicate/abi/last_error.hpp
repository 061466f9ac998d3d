// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace septet::abi {

/// Keeps `text`, cut to 1023 characters, for ncclGetLastError: one for the process, as NCCL has it,
/// filled whether or not anything is logged. Never throws, allocates or waits; any thread.
void set_last_error(std::string_view text) noexcept;

/// The one kept last, "" before the first. The memory is the library's, and keeps this text until
/// some 15 later ones.
[[nodiscard]] const char* last_error() noexcept;

}  // namespace septet::abi
