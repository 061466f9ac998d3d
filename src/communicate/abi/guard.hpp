// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/abi/nccl.hpp"

#include <exception>
#include <type_traits>
#include <utility>

namespace septet::abi {

/// What the C interface returns for what was thrown; keeps its message as the last error, and logs
/// it once. Never throws: the text goes to memory that is always there.
[[nodiscard]] ncclResult_t record(std::exception_ptr thrown) noexcept;

/// Runs `body`, which returns nothing or a result; whatever it throws becomes a result and the last
/// error. Every entry of the C interface is one call of this: no exception leaves.
template <typename Body>
[[nodiscard]] ncclResult_t guarded(Body&& body) noexcept {
  try {
    if constexpr (std::is_void_v<decltype(body())>) {
      std::forward<Body>(body)();
      return ncclSuccess;
    } else {
      return std::forward<Body>(body)();
    }
  } catch (...) {
    return record(std::current_exception());
  }
}

/// The same for an entry that returns a value and cannot return a result: `otherwise`, then.
template <typename Value, typename Body>
[[nodiscard]] Value guarded_or(Value otherwise, Body&& body) noexcept {
  try {
    return std::forward<Body>(body)();
  } catch (...) {
    (void)record(std::current_exception());
    return otherwise;
  }
}

}  // namespace septet::abi
