// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/deadline.hpp"
#include "communicate/meeting.hpp"
#include "communicate/meeting_door.hpp"
#include "communicate/meeting_message.hpp"
#include <septet/unique_fd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace septet {

/// The rank that came first: counts the others in, makes the segment, and tells all how it ended.
///
/// Words: a *caller* has connected; a *guest* is a caller whose Hello was accepted; a guest that
/// could take what it got is *ready*. Only when all are ready is the meeting good, for all.
class MeetingHost {
 public:
  /// References must outlive this object.
  MeetingHost(const Hello& own, const Membership& membership, const MeetingPlace& place,
              OpenDoor door, Deadline deadline);

  /// Blocks until the deadline. What it throws, every guest and caller throws as well.
  [[nodiscard]] Meeting hold();

 private:
  struct Caller {
    UniqueFd connection;
    UniqueFd process;            ///< Empty until it is a guest, or when it sent none.
    std::optional<Hello> hello;  ///< Set: it is a guest.
    bool is_ready = false;
  };

  /// One rank as this host knows it, itself included.
  struct Attendant {
    const Hello& hello;
    UniqueFd& process;
  };
  [[nodiscard]] Attendant attendant(int rank);

  void welcome_all(const Segment& segment);
  template <typename Condition>
  void wait_until(Condition condition);
  [[nodiscard]] bool have_all_come() const;
  [[nodiscard]] bool are_all_ready() const;
  void wait_for_news();
  void accept_callers();
  void attend_to(Caller& caller);
  void hear(Caller& caller, MeetingMessage message, std::vector<UniqueFd> descriptors);
  void admit(Caller& caller, Hello hello, std::vector<UniqueFd> descriptors);
  void lose(Caller& caller);
  void call_roll(const Caller& newcomer);
  void dismiss(const Verdict& of_guests, const Verdict& of_callers);
  [[nodiscard]] std::vector<Member> take_members();
  [[nodiscard]] Error out_of_time() const;

  const Hello& own_;
  const Membership& membership_;
  const MeetingPlace& place_;
  OpenDoor door_;
  Deadline deadline_;
  UniqueFd own_process_;
  std::vector<Caller> callers_;
  std::uint64_t present_ = 0;  ///< Bit r for rank r.
};

}  // namespace septet
