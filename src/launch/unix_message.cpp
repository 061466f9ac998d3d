// SPDX-License-Identifier: Apache-2.0
#include "launch/unix_message.hpp"

#include "base/errno.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

namespace septet {
namespace {

constexpr std::size_t longest_text = 128 * 1024;
constexpr std::size_t most_descriptors = 253;  // SCM_MAX_FD of Linux.
constexpr int lowest_number = 100;             // As a lease's own descriptors.

struct Address {
  sockaddr_un name{};
  socklen_t size = 0;
};

/// A name in the abstract space begins with a zero byte: unix(7).
Address address_of(const std::string& name) {
  Address address;
  address.name.sun_family = AF_UNIX;
  const auto length = std::min(name.size(), sizeof address.name.sun_path - 1);
  std::memcpy(address.name.sun_path + 1, name.data(), length);
  address.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + length);
  return address;
}

UniqueFd make_socket() {
  return UniqueFd(check(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), "make a socket"));
}

const sockaddr* generic(const Address& address) {
  return reinterpret_cast<const sockaddr*>(&address.name);
}

bool is_own(const UniqueFd& connection) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(connection.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         peer.uid == ::geteuid();
}

bool is_readable_within(int descriptor, std::optional<std::chrono::milliseconds> limit) {
  pollfd readable{.fd = descriptor, .events = POLLIN, .revents = 0};
  int ready = 0;
  do {
    ready = ::poll(&readable, 1, limit ? static_cast<int>(limit->count()) : -1);
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

/// Room for the descriptors of one message.
struct Control {
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(most_descriptors * sizeof(int))> bytes{};
};

void attach(msghdr& header, Control& control, const std::vector<int>& descriptors) {
  const auto size = descriptors.size() * sizeof(int);
  header.msg_control = control.bytes.data();
  header.msg_controllen = CMSG_SPACE(size);
  cmsghdr* const rights = CMSG_FIRSTHDR(&header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(size);
  std::memcpy(CMSG_DATA(rights), descriptors.data(), size);
}

std::vector<UniqueFd> detach(msghdr& header) {
  std::vector<UniqueFd> descriptors;
  for (auto* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const auto count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int number = -1;
      std::memcpy(&number, CMSG_DATA(part) + i * sizeof(int), sizeof number);
      const UniqueFd low(number);
      descriptors.emplace_back(
          check(::fcntl(low.get(), F_DUPFD_CLOEXEC, lowest_number), "move a descriptor"));
    }
  }
  return descriptors;
}

}  // namespace

std::optional<UniqueFd> listen_as(const std::string& name) {
  auto socket = make_socket();
  const auto address = address_of(name);
  if (::bind(socket.get(), generic(address), address.size) != 0) {
    if (errno == EADDRINUSE) return {};
    throw_errno("bind the socket " + name);
  }
  check(::listen(socket.get(), SOMAXCONN), "listen as " + name);
  return socket;
}

std::optional<UniqueFd> connect_to(const std::string& name) {
  auto socket = make_socket();
  const auto address = address_of(name);
  if (::connect(socket.get(), generic(address), address.size) != 0) {
    if (errno == ECONNREFUSED) return {};
    throw_errno("connect to " + name);
  }
  if (!is_own(socket)) {
    throw Error(ErrorKind::system, "another user listens as " + name +
                                       ", where ranks of this "
                                       "job are to meet");
  }
  return socket;
}

std::optional<UniqueFd> accept_within(const UniqueFd& listener, std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0 || !is_readable_within(listener.get(), left)) return {};
    UniqueFd connection(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (connection && is_own(connection)) return connection;
  }
}

bool send_message(const UniqueFd& connection, std::string_view text,
                  const std::vector<int>& descriptors) {
  iovec content{.iov_base = const_cast<char*>(text.data()), .iov_len = text.size()};
  msghdr header{};
  header.msg_iov = &content;
  header.msg_iovlen = 1;
  Control control;
  if (!descriptors.empty()) attach(header, control, descriptors);
  return ::sendmsg(connection.get(), &header, MSG_NOSIGNAL) >= 0;
}

std::optional<UnixMessage> receive_message(const UniqueFd& connection,
                                           std::optional<std::chrono::milliseconds> limit) {
  if (!is_readable_within(connection.get(), limit)) return {};
  UnixMessage message{.text = std::string(longest_text, '\0'), .descriptors = {}};
  iovec content{.iov_base = message.text.data(), .iov_len = message.text.size()};
  msghdr header{};
  header.msg_iov = &content;
  header.msg_iovlen = 1;
  Control control;
  header.msg_control = control.bytes.data();
  header.msg_controllen = control.bytes.size();
  const auto got = ::recvmsg(connection.get(), &header, MSG_CMSG_CLOEXEC);
  if (got <= 0) return {};
  message.text.resize(static_cast<std::size_t>(got));
  message.descriptors = detach(header);
  return message;
}

}  // namespace septet
