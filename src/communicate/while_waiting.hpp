// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/deadline.hpp"
#include <septet/communicator.hpp>

#include <algorithm>

namespace septet {

/// Lets the caller look after itself in the middle of a wait: see Membership::while_waiting.
inline void look_after_caller(const Membership& membership) {
  if (membership.while_waiting) membership.while_waiting();
}

/// How long poll() may sleep before the caller is looked after, or `deadline` is over.
[[nodiscard]] inline int poll_ms(const Membership& membership, const Deadline& deadline) {
  constexpr int most_ms = 50;
  return membership.while_waiting ? std::min(most_ms, deadline.poll_ms()) : deadline.poll_ms();
}

}  // namespace septet
