// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/abi/variables.hpp"

#include <string>

namespace septet::abi {

/// The version of NCCL whose interface this is, as its numbers go: 23007 is 2.30.7. Programs turn
/// features on by it; SEPTET_NCCL_VERSION has them see another one. Throws Error `argument` when
/// that is no such number.
[[nodiscard]] int nccl_version(const Lookup& variables);

/// What this library is: "Septet 0.1.0 …".
[[nodiscard]] std::string version_text();

}  // namespace septet::abi
