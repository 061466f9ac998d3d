// SPDX-License-Identifier: Apache-2.0
// What the 128 bytes of an ncclUniqueId hold: a mark and a version, then a Token. The rest is zero
// and never read: raft-dask hands over 127 of them, the last one is then whatever lay there.
#pragma once

#include "communicate/abi/nccl.hpp"
#include <septet/token.hpp>

#include <optional>
#include <string_view>

namespace septet::abi {

[[nodiscard]] ncclUniqueId unique_id_of(const Token& token) noexcept;

/// Throws Error `usage` for bytes that another library made, or another version of this one.
[[nodiscard]] Token token_of(const ncclUniqueId& id);

/// A new one; with the value of NCCL_COMM_ID, the one that every process of this host derives from
/// that text. Touches no device, and its maker need not be a rank nor live on.
[[nodiscard]] ncclUniqueId new_unique_id(std::optional<std::string_view> comm_id);

}  // namespace septet::abi
