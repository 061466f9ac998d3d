// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/meeting_door.hpp"
#include "communicate/meeting_socket.hpp"
#include "communicate/process.hpp"
#include "communicate/test_meeting.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <stdexcept>
#include <string_view>
#include <utility>

namespace septet {

/// For tests: one side of a meeting played by hand, so that it can stop, lie or die at each step.
/// Everything has a bound of many seconds.
[[nodiscard]] inline Deadline test_deadline() { return Deadline(std::chrono::seconds(20)); }

[[nodiscard]] inline Hello hello_of(const Rank& rank) {
  return {.rank = rank.membership.rank,
          .pid = ::getpid(),
          .ranks = rank.membership.ranks,
          .token = rank.membership.token,
          .segment_bytes = rank.segment_bytes,
          .terms = rank.terms,
          .pid_space = own_pid_space(),
          .slice = rank.membership.slice};
}

[[nodiscard]] inline OpenDoor open_door(const Rank& rank) {
  auto door = Door(rank.membership.token, rank.place).try_open();
  if (!door) throw std::runtime_error("another rank hosts the meeting");
  return std::move(*door);
}

/// A connection to the host, once there is one.
[[nodiscard]] inline UniqueFd enter(const Rank& rank) {
  const Door door(rank.membership.token, rank.place);
  for (const auto deadline = test_deadline(); !deadline.is_over(); pause_shortly()) {
    if (auto connection = door.try_enter()) return std::move(*connection);
  }
  throw std::runtime_error("nobody hosts the meeting");
}

inline void wait_for_input(const UniqueFd& descriptor) {
  pollfd readable{.fd = descriptor.get(), .events = POLLIN, .revents = 0};
  ::poll(&readable, 1, test_deadline().poll_ms());
}

[[nodiscard]] inline UniqueFd accept_one(const OpenDoor& door) {
  wait_for_input(door.socket);
  auto connection = try_accept(door);
  if (!connection) throw std::runtime_error("nobody comes to the meeting");
  return std::move(*connection);
}

[[nodiscard]] inline Received next_of(const UniqueFd& connection) {
  wait_for_input(connection);
  return receive_message(connection);
}

/// The next message of this kind, others left aside; throws when it does not come.
template <typename Kind>
[[nodiscard]] Kind next_as(const UniqueFd& connection) {
  for (;;) {
    auto received = next_of(connection);
    if (received.reading != Reading::message) throw std::runtime_error("no message came");
    if (auto* const kind = std::get_if<Kind>(&received.message)) return std::move(*kind);
  }
}

inline bool say(const UniqueFd& connection, const MeetingMessage& message) {
  return send_message(connection, message, {}, test_deadline());
}

inline bool say_bytes(const UniqueFd& connection, std::string_view bytes) {
  return ::send(connection.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) >= 0;
}

/// Comes as `rank`, and is counted in.
[[nodiscard]] inline UniqueFd join(const Rank& rank) {
  auto connection = enter(rank);
  say(connection, hello_of(rank));
  (void)next_as<Attendance>(connection);
  return connection;
}

}  // namespace septet
