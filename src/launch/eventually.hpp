// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lease/pause.hpp"

#include <chrono>

namespace septet {

/// Asks `condition` again and again until it holds; false when `limit` was over first. For rare
/// and short waits that no descriptor announces.
template <typename Condition>
[[nodiscard]] bool eventually(std::chrono::milliseconds limit, Condition condition) {
  Watch nothing;
  Pause pause(limit, nothing);
  while (!condition()) {
    if (!pause.a_moment()) return false;
  }
  return true;
}

}  // namespace septet
