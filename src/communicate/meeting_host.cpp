// SPDX-License-Identifier: Apache-2.0
#include "communicate/meeting_host.hpp"

#include "base/errno.hpp"
#include "communicate/meeting_members.hpp"
#include "communicate/meeting_socket.hpp"
#include "communicate/meeting_text.hpp"
#include "communicate/process.hpp"
#include "communicate/while_waiting.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <chrono>
#include <utility>

namespace septet {
namespace {

/// For messages that find room at once, but for a rank that was stopped for long.
Deadline soon() { return Deadline(std::chrono::seconds(1)); }

pollfd readable(const UniqueFd& descriptor) {
  return {.fd = descriptor.get(), .events = POLLIN, .revents = 0};
}

/// Whether one of `members` has brought the pidfd of this rank's process already.
bool is_known(const Welcome& welcome, const Hello& hello) {
  return std::ranges::any_of(welcome.members, [&](const Welcome::Entry& member) {
    return member.has_process && member.pid == hello.pid && member.pid_space == hello.pid_space &&
           hello.pid_space != 0;
  });
}

}  // namespace

MeetingHost::MeetingHost(const Hello& own, const Membership& membership, const MeetingPlace& place,
                         OpenDoor door, Deadline deadline)
    : own_(own),
      membership_(membership),
      place_(place),
      door_(std::move(door)),
      deadline_(deadline),
      own_process_(open_process(::getpid())),
      present_(bit_of(own.rank)) {}

Meeting MeetingHost::hold() {
  try {
    wait_until([this] { return have_all_come(); });
    auto segment = Segment::create(own_.segment_bytes, place_.folder);
    welcome_all(segment);
    wait_until([this] { return are_all_ready(); });
    dismiss({}, {.error = ErrorKind::usage,
                 .text = "all " + std::to_string(own_.ranks) +
                         " ranks had met before this one came: a token is for one meeting"});
    return {.segment = std::move(segment), .members = take_members()};
  } catch (const Error& error) {
    const Verdict verdict{.error = error.kind(), .text = error.what()};
    dismiss(verdict, verdict);
    throw;
  }
}

template <typename Condition>
void MeetingHost::wait_until(Condition condition) {
  while (!condition()) {
    wait_for_news();
    if (deadline_.is_over() && !condition()) throw out_of_time();
  }
}

bool MeetingHost::have_all_come() const { return std::popcount(present_) == own_.ranks; }

bool MeetingHost::are_all_ready() const {
  return std::ranges::count(callers_, true, &Caller::is_ready) == own_.ranks - 1;
}

void MeetingHost::wait_for_news() {
  std::vector<pollfd> watched{readable(door_.socket)};
  for (const auto& caller : callers_) {
    watched.push_back(readable(caller.connection));
    watched.push_back(readable(caller.process));  // None is -1, which poll() passes over.
  }
  look_after_caller(membership_);
  const int ready = ::poll(watched.data(), watched.size(), poll_ms(membership_, deadline_));
  if (ready < 0 && errno != EINTR) throw_errno("wait for the other ranks");
  if (ready <= 0) return;

  for (std::size_t i = 0; i < callers_.size(); ++i) {
    if (watched[2 * i + 1].revents != 0) {
      attend_to(callers_[i]);
    } else if (watched[2 * i + 2].revents != 0) {
      lose(callers_[i]);
    }
  }
  if (watched[0].revents != 0) accept_callers();
  std::erase_if(callers_, [](const Caller& caller) { return !caller.connection; });
}

void MeetingHost::accept_callers() {
  constexpr std::size_t most_callers = 4UL * max_ranks;
  while (auto connection = try_accept(door_)) {
    // Whoever finds no room sees the connection close, and calls again.
    if (callers_.size() < most_callers) callers_.emplace_back().connection = std::move(*connection);
  }
}

void MeetingHost::attend_to(Caller& caller) {
  auto received = receive_message(caller.connection);
  switch (received.reading) {
    case Reading::nothing_yet:
      return;
    case Reading::message:
      return hear(caller, std::move(received.message), std::move(received.descriptors));
    case Reading::nonsense:
    case Reading::gone:
      return lose(caller);
  }
}

void MeetingHost::hear(Caller& caller, MeetingMessage message, std::vector<UniqueFd> descriptors) {
  auto* const hello = std::get_if<Hello>(&message);
  const auto* const verdict = std::get_if<Verdict>(&message);
  if (hello != nullptr && !caller.hello) {
    admit(caller, std::move(*hello), std::move(descriptors));
  } else if (verdict != nullptr && caller.hello) {
    if (verdict->error) throw Error(*verdict->error, verdict->text);
    caller.is_ready = true;
  } else {
    lose(caller);
  }
}

void MeetingHost::admit(Caller& caller, Hello hello, std::vector<UniqueFd> descriptors) {
  if (hello.version == own_.version && hello.token != own_.token) return lose(caller);
  require_agreement(hello, own_);
  for (const auto& other : callers_) {
    if (other.hello) require_agreement(hello, *other.hello);
  }
  present_ |= bit_of(hello.rank);
  caller.hello = std::move(hello);
  if (!descriptors.empty()) caller.process = std::move(descriptors.front());
  call_roll(caller);
}

void MeetingHost::lose(Caller& caller) {
  caller.connection.reset();
  if (!caller.hello) return;
  const auto missing = have_all_come() ? std::string("while the ranks met")
                                       : "before all ranks had come; missing: " +
                                             missing_ranks(present_, own_.ranks);
  throw Error(ErrorKind::unavailable, described(*caller.hello) + " ended or gave up " + missing);
}

void MeetingHost::call_roll(const Caller& newcomer) {
  const Attendance roll{.host = own_.rank, .host_pid = own_.pid, .present = present_};
  for (const auto& caller : callers_) {
    if (!caller.hello) continue;
    std::vector<int> descriptors;
    if (&caller == &newcomer && own_process_) descriptors.push_back(own_process_.get());
    send_message(caller.connection, roll, descriptors, soon());
  }
}

MeetingHost::Attendant MeetingHost::attendant(int rank) {
  const auto guest = std::ranges::find_if(
      callers_, [&](const Caller& caller) { return caller.hello && caller.hello->rank == rank; });
  if (guest == callers_.end()) return {.hello = own_, .process = own_process_};
  return {.hello = *guest->hello, .process = guest->process};
}

void MeetingHost::welcome_all(const Segment& segment) {
  Welcome welcome;
  std::vector<int> descriptors{segment.descriptor()};
  for (int rank = 0; rank < own_.ranks; ++rank) {
    const auto [hello, process] = attendant(rank);
    const bool is_new = process && !is_known(welcome, hello);
    if (is_new) descriptors.push_back(process.get());
    welcome.members.push_back({.pid = hello.pid,
                               .pid_space = hello.pid_space,
                               .slice = hello.slice,
                               .has_process = is_new});
  }
  // Whoever does not get it will not say that it is ready.
  for (const auto& caller : callers_) {
    if (caller.hello) send_message(caller.connection, welcome, descriptors, deadline_);
  }
}

void MeetingHost::dismiss(const Verdict& of_guests, const Verdict& of_callers) {
  try {
    accept_callers();
  } catch (const Error&) {
    // Whoever could not be let in sees the door close.
  }
  for (const auto& caller : callers_) {
    send_message(caller.connection, caller.hello ? of_guests : of_callers, {}, soon());
  }
}

std::vector<Member> MeetingHost::take_members() {
  std::vector<Member> members;
  for (int rank = 0; rank < own_.ranks; ++rank) {
    const auto [hello, process] = attendant(rank);
    members.push_back(member_of(hello));
    members.back().process = std::move(process);
  }
  forget_own_process(members, own_.rank);
  return members;
}

Error MeetingHost::out_of_time() const {
  if (!have_all_come()) return time_over(present_, membership_, place_);
  const auto late = std::ranges::find_if(
      callers_, [](const Caller& caller) { return caller.hello && !caller.is_ready; });
  return {ErrorKind::unavailable, "all ranks have come, but " + described(*late->hello) +
                                      " does not answer: it may be stopped"};
}

}  // namespace septet
