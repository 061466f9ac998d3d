// SPDX-License-Identifier: Apache-2.0
#include "communicate/meeting_guest.hpp"

#include "base/errno.hpp"
#include "communicate/meeting_members.hpp"
#include "communicate/meeting_text.hpp"
#include "communicate/process.hpp"
#include "communicate/while_waiting.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <utility>

namespace septet {
namespace {

Error nonsense() {
  return {ErrorKind::usage,
          "what hosts the meeting of this token sent what no rank of this version of Septet says"};
}

UniqueFd copy_of(const UniqueFd& descriptor) {
  return UniqueFd(check(::fcntl(descriptor.get(), F_DUPFD_CLOEXEC, 0), "copy a pidfd"));
}

/// The pidfd of `member`'s process, when an earlier rank of that process brought it.
UniqueFd process_of(const Member& member, const std::vector<Member>& earlier) {
  const auto same = std::ranges::find_if(
      earlier, [&](const Member& other) { return other.process && share_process(member, other); });
  return same == earlier.end() ? UniqueFd() : copy_of(same->process);
}

}  // namespace

MeetingGuest::MeetingGuest(const Hello& own, const Membership& membership,
                           const MeetingPlace& place, UniqueFd connection, Deadline deadline)
    : own_(own),
      membership_(membership),
      place_(place),
      connection_(std::move(connection)),
      deadline_(deadline),
      host_pid_(other_end_of(connection_).pid),
      host_process_(host_pid_ > 0 ? open_process(host_pid_) : UniqueFd()) {}

std::optional<Meeting> MeetingGuest::attend() {
  try {
    introduce();
    return follow();
  } catch (const Error& error) {
    // The host tells the others; when it was the host that said so, it does not listen any more.
    say({.error = error.kind(), .text = described(own_) + ": " + error.what()});
    throw;
  }
}

/// Hears the host out.
std::optional<Meeting> MeetingGuest::follow() {
  for (;;) {
    auto received = next();
    if (!received && !attendance_) return {};
    if (!received) throw host_gone();
    if (const auto* attendance = std::get_if<Attendance>(&received->message)) {
      hear(*attendance, std::move(received->descriptors));
    } else if (const auto* welcome = std::get_if<Welcome>(&received->message)) {
      meeting_ = settled(*welcome, std::move(received->descriptors));
      say({});
    } else if (const auto* verdict = std::get_if<Verdict>(&received->message)) {
      if (verdict->error) throw Error(*verdict->error, verdict->text);
      if (!meeting_) throw nonsense();
      return std::move(meeting_);
    } else {
      throw nonsense();
    }
  }
}

/// Whether it arrived is not asked: a host that closed may have said why before.
void MeetingGuest::introduce() {
  const auto process = open_process(::getpid());
  std::vector<int> descriptors;
  if (process) descriptors.push_back(process.get());
  send_message(connection_, own_, descriptors, deadline_);
}

void MeetingGuest::say(const Verdict& verdict) {
  send_message(connection_, verdict, {}, deadline_);
}

/// The next message; nothing when the host is gone.
std::optional<Received> MeetingGuest::next() {
  for (;;) {
    // Asked before the look, so that what a host said last is not missed.
    const bool is_over = deadline_.is_over();
    const bool has_host_ended = host_process_ && has_ended(host_process_.get());
    auto received = receive_message(connection_);
    switch (received.reading) {
      case Reading::message:
        return received;
      case Reading::nonsense:
        throw nonsense();
      case Reading::gone:
        return {};
      case Reading::nothing_yet:
        // A child that it forked may still hold its end of the socket.
        if (has_host_ended) throw host_gone();
        if (is_over) throw out_of_time();
        wait_for_host();
    }
  }
}

void MeetingGuest::wait_for_host() {
  std::array<pollfd, 2> watched{{{.fd = connection_.get(), .events = POLLIN, .revents = 0},
                                 {.fd = host_process_.get(), .events = POLLIN, .revents = 0}}};
  look_after_caller(membership_);
  const int ready = ::poll(watched.data(), watched.size(), poll_ms(membership_, deadline_));
  if (ready < 0 && errno != EINTR) throw_errno("wait for the host of the meeting");
}

void MeetingGuest::hear(Attendance attendance, std::vector<UniqueFd> descriptors) {
  attendance_ = attendance;
  host_pid_ = attendance.host_pid;
  if (!descriptors.empty()) host_process_ = std::move(descriptors.front());
}

Meeting MeetingGuest::settled(const Welcome& welcome, std::vector<UniqueFd> descriptors) const {
  const auto processes = std::ranges::count(welcome.members, true, &Welcome::Entry::has_process);
  if (std::cmp_not_equal(welcome.members.size(), own_.ranks) ||
      std::cmp_not_equal(descriptors.size(), 1 + processes)) {
    throw nonsense();
  }
  std::vector<Member> members;
  auto process = descriptors.begin() + 1;
  for (const auto& entry : welcome.members) {
    Member member{.rank = static_cast<int>(members.size()),
                  .pid = entry.pid,
                  .pid_space = entry.pid_space,
                  .slice = entry.slice,
                  .process = {}};
    member.process = entry.has_process ? std::move(*process++) : process_of(member, members);
    members.push_back(std::move(member));
  }
  forget_own_process(members, own_.rank);
  return {.segment = Segment::adopt(std::move(descriptors.front()), own_.segment_bytes),
          .members = std::move(members)};
}

Error MeetingGuest::host_gone() const {
  const auto pid = "pid " + std::to_string(host_pid_);
  if (!attendance_) {
    return {ErrorKind::unavailable, "the process that hosts the meeting (" + pid +
                                        ") has ended, but a child of it keeps the socket: meet "
                                        "anew, with another token"};
  }
  const auto host = "rank " + std::to_string(attendance_->host) + " (" + pid +
                    "), which hosted the meeting, ended or gave up ";
  if (meeting_) return {ErrorKind::unavailable, host + "while the ranks met"};
  return {ErrorKind::unavailable, host + "before all ranks had come; missing: " +
                                      missing_ranks(attendance_->present, own_.ranks)};
}

Error MeetingGuest::out_of_time() const {
  if (!attendance_ || std::popcount(attendance_->present) == own_.ranks) {
    return {ErrorKind::unavailable, "the rank that hosts the meeting (pid " +
                                        std::to_string(host_pid_) +
                                        ") does not answer: it may be stopped"};
  }
  return time_over(attendance_->present, membership_, place_);
}

}  // namespace septet
