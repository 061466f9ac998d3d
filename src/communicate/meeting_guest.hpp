// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/deadline.hpp"
#include "communicate/meeting.hpp"
#include "communicate/meeting_message.hpp"
#include "communicate/meeting_socket.hpp"
#include <septet/unique_fd.hpp>

#include <optional>
#include <vector>

namespace septet {

/// A rank that found a host: says who it is, and takes what it gets.
class MeetingGuest {
 public:
  /// References must outlive this object.
  MeetingGuest(const Hello& own, const Membership& membership, const MeetingPlace& place,
               UniqueFd connection, Deadline deadline);

  /// Blocks until the deadline. Nothing when the host left before it counted this rank in: another
  /// one may be found. What this rank alone found wrong, the host is told, and through it the
  /// others.
  [[nodiscard]] std::optional<Meeting> attend();

 private:
  void introduce();
  [[nodiscard]] std::optional<Meeting> follow();
  void say(const Verdict& verdict);
  [[nodiscard]] std::optional<Received> next();
  void wait_for_host();
  void hear(Attendance attendance, std::vector<UniqueFd> descriptors);
  [[nodiscard]] Meeting settled(const Welcome& welcome, std::vector<UniqueFd> descriptors) const;
  [[nodiscard]] Error host_gone() const;
  [[nodiscard]] Error out_of_time() const;

  const Hello& own_;
  const Membership& membership_;
  const MeetingPlace& place_;
  UniqueFd connection_;
  Deadline deadline_;
  pid_t host_pid_;
  UniqueFd host_process_;  ///< Empty where there are no pidfds.
  std::optional<Attendance> attendance_;
  std::optional<Meeting> meeting_;
};

}  // namespace septet
