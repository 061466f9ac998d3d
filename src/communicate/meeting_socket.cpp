// SPDX-License-Identifier: Apache-2.0
#include "communicate/meeting_socket.hpp"

#include "base/errno.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>

namespace septet {
namespace {

constexpr std::size_t most_descriptors = 253;  // SCM_MAX_FD of Linux: unix(7).

/// Room for the descriptors of one message.
struct Control {
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(most_descriptors * sizeof(int))> bytes{};
};

void attach(msghdr& header, Control& control, std::span<const int> descriptors) {
  if (descriptors.empty()) return;
  header.msg_control = control.bytes.data();
  header.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
  cmsghdr* const rights = CMSG_FIRSTHDR(&header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(descriptors.size_bytes());
  std::memcpy(CMSG_DATA(rights), descriptors.data(), descriptors.size_bytes());
}

std::vector<UniqueFd> detach(msghdr& header) {
  std::vector<UniqueFd> descriptors;
  for (auto* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const auto count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int number = -1;
      std::memcpy(&number, CMSG_DATA(part) + i * sizeof number, sizeof number);
      descriptors.emplace_back(number);
    }
  }
  return descriptors;
}

/// Once more after ECONNRESET: it says that the other side closed with something unread, and comes
/// before what it had sent, which still can be read.
ssize_t receive_some(int socket, msghdr& header) {
  ssize_t got = 0;
  bool was_reset = false;
  for (;;) {
    got = ::recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got >= 0 || (errno != EINTR && (errno != ECONNRESET || was_reset))) return got;
    was_reset = errno == ECONNRESET;
  }
}

/// Room in the socket, or among the descriptors under way of this user (ETOOMANYREFS: unix(7)),
/// comes back when the others read.
bool may_pass(int code) {
  return code == EAGAIN || code == EINTR || code == ETOOMANYREFS || code == ENOBUFS;
}

}  // namespace

Received receive_message(const UniqueFd& connection) {
  std::string bytes(longest_message, '\0');
  iovec content{.iov_base = bytes.data(), .iov_len = bytes.size()};
  Control control;
  msghdr header{};
  header.msg_iov = &content;
  header.msg_iovlen = 1;
  header.msg_control = control.bytes.data();
  header.msg_controllen = control.bytes.size();

  const auto got = receive_some(connection.get(), header);
  if (got < 0 && errno == EAGAIN) return {};
  if (got <= 0) return {.reading = Reading::gone, .message = {}, .descriptors = {}};
  auto descriptors = detach(header);
  if ((header.msg_flags & MSG_CTRUNC) != 0) {
    throw Error(ErrorKind::system,
                "no file descriptor left for those of the other ranks: raise ulimit -n");
  }
  auto message = parse_message(std::string_view(bytes).substr(0, static_cast<std::size_t>(got)));
  if (!message) return {.reading = Reading::nonsense, .message = {}, .descriptors = {}};
  return {.reading = Reading::message,
          .message = std::move(*message),
          .descriptors = std::move(descriptors)};
}

bool send_message(const UniqueFd& connection, const MeetingMessage& message,
                  std::span<const int> descriptors, Deadline deadline) {
  auto bytes = print_message(message);
  iovec content{.iov_base = bytes.data(), .iov_len = bytes.size()};
  Control control;
  msghdr header{};
  header.msg_iov = &content;
  header.msg_iovlen = 1;
  attach(header, control, descriptors);
  while (::sendmsg(connection.get(), &header, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
    if (!may_pass(errno) || deadline.is_over()) return false;
    pause_shortly();
  }
  return true;
}

void pause_shortly() {
  constexpr int some_ms = 2;
  ::poll(nullptr, 0, some_ms);
}

OtherEnd other_end_of(const UniqueFd& connection) {
  ucred peer{};
  socklen_t size = sizeof peer;
  check(::getsockopt(connection.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size),
        "ask who is at the other end of a socket");
  return {.uid = peer.uid, .pid = peer.pid};
}

}  // namespace septet
