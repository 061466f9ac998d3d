// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/error.hpp>

namespace septet::abi {

/// Where the caller wants a result. Throws Error `argument` when that is nowhere.
template <typename Result>
[[nodiscard]] Result& place(Result* pointer) {
  if (pointer != nullptr) return *pointer;
  throw Error(ErrorKind::argument, "the place for the result is null");
}

}  // namespace septet::abi
