// SPDX-License-Identifier: Apache-2.0
#include "communicate/meeting_members.hpp"

#include <cstddef>

namespace septet {

bool share_process(const Member& one, const Member& other) {
  return one.pid == other.pid && one.pid_space == other.pid_space && one.pid_space != 0;
}

Member member_of(const Hello& hello) {
  return {.rank = hello.rank,
          .pid = hello.pid,
          .pid_space = hello.pid_space,
          .slice = hello.slice,
          .process = {}};
}

void forget_own_process(std::vector<Member>& members, int own_rank) {
  const auto& own = members[static_cast<std::size_t>(own_rank)];
  for (auto& member : members) {
    if (share_process(member, own)) member.process.reset();
  }
}

}  // namespace septet
