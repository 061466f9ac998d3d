// SPDX-License-Identifier: Apache-2.0
#include "communicate/meeting.hpp"

#include "base/this_host.hpp"
#include "communicate/deadline.hpp"
#include "communicate/meeting_door.hpp"
#include "communicate/meeting_guest.hpp"
#include "communicate/meeting_host.hpp"
#include "communicate/meeting_members.hpp"
#include "communicate/meeting_message.hpp"
#include "communicate/meeting_socket.hpp"
#include "communicate/meeting_text.hpp"
#include "communicate/process.hpp"
#include "communicate/while_waiting.hpp"
#include <septet/error.hpp>

#include <unistd.h>

#include <optional>
#include <utility>

namespace septet {
namespace {

void require_sound(const Membership& membership) {
  const auto ranks = std::to_string(membership.ranks);
  if (membership.ranks < 1 || membership.ranks > max_ranks) {
    throw Error(ErrorKind::argument,
                "a communicator has 1 to " + std::to_string(max_ranks) + " ranks, not " + ranks);
  }
  if (membership.rank < 0 || membership.rank >= membership.ranks) {
    throw Error(ErrorKind::argument, "rank " + std::to_string(membership.rank) +
                                         " is not one of 0 to " +
                                         std::to_string(membership.ranks - 1));
  }
  if (membership.token.host != this_host()) {
    throw Error(ErrorKind::usage,
                "the token " + text_of(membership.token) +
                    " was made on another host, or before this one started: ranks of one "
                    "communicator run on one host, with a token made there");
  }
}

Hello hello_of(const Membership& membership, std::size_t segment_bytes, std::uint64_t terms) {
  return {.rank = membership.rank,
          .pid = ::getpid(),
          .ranks = membership.ranks,
          .token = membership.token,
          .segment_bytes = segment_bytes,
          .terms = terms,
          .pid_space = own_pid_space(),
          .slice = membership.slice.substr(0, longest_slice_name)};
}

Meeting alone(const Hello& own, const MeetingPlace& place) {
  Meeting meeting{.segment = Segment::create(own.segment_bytes, place.folder), .members = {}};
  meeting.members.push_back(member_of(own));
  return meeting;
}

Error nobody_answers(const Membership& membership, const MeetingPlace& place) {
  return time_over(bit_of(membership.rank), membership, place);
}

}  // namespace

Meeting meet(const Membership& membership, std::size_t segment_bytes, std::uint64_t terms,
             const MeetingPlace& place) {
  require_sound(membership);
  const auto own = hello_of(membership, segment_bytes, terms);
  if (own.ranks == 1) return alone(own, place);

  const Deadline deadline(membership.meeting_limit);
  const Door door(membership.token, place);
  for (;;) {
    if (auto open_door = door.try_open()) {
      return MeetingHost(own, membership, place, std::move(*open_door), deadline).hold();
    }
    if (auto connection = door.try_enter()) {
      MeetingGuest guest(own, membership, place, std::move(*connection), deadline);
      if (auto meeting = guest.attend()) return std::move(*meeting);
    }
    if (deadline.is_over()) throw nobody_answers(membership, place);
    look_after_caller(membership);
    pause_shortly();
  }
}

}  // namespace septet
