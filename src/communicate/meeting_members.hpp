// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/meeting.hpp"
#include "communicate/meeting_message.hpp"

#include <vector>

namespace septet {

/// What a rank said of itself, without its pidfd.
[[nodiscard]] Member member_of(const Hello& hello);

/// Closes the pidfds of ranks that are threads of this process, of which `own_rank` is one.
void forget_own_process(std::vector<Member>& members, int own_rank);

}  // namespace septet
