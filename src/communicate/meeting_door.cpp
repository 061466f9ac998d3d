// SPDX-License-Identifier: Apache-2.0
#include "communicate/meeting_door.hpp"

#include "base/errno.hpp"
#include "communicate/meeting_socket.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

namespace septet {
namespace {

struct Address {
  sockaddr_un name{};
  socklen_t size = 0;

  [[nodiscard]] const sockaddr* generic() const { return reinterpret_cast<const sockaddr*>(&name); }
};

Address address_of(const std::string& path) {
  Address address;
  address.name.sun_family = AF_UNIX;
  std::memcpy(address.name.sun_path, path.data(), path.size());
  address.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  return address;
}

UniqueFd make_socket() {
  return UniqueFd(
      check(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "make a socket"));
}

/// The address of a socket, and what must stay open while it is used.
struct Place {
  UniqueFd folder;
  Address address;
};

/// A name in the abstract space begins with a zero byte. A path may have 107 bytes only, so a
/// folder is named by a descriptor: unix(7), proc(5).
Place place_of(const std::string& name, const std::filesystem::path& folder) {
  if (folder.empty()) return {.folder = {}, .address = address_of('\0' + name)};
  UniqueFd open_folder(check(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC),
                             "open SEPTET_MEETING_FOLDER " + folder.string()));
  const auto path = "/proc/self/fd/" + std::to_string(open_folder.get()) + '/' + socket_of(name);
  return {.folder = std::move(open_folder), .address = address_of(path)};
}

void require_own(const UniqueFd& connection) {
  const auto host = other_end_of(connection);
  if (host.uid == ::geteuid()) return;
  throw Error(ErrorKind::usage, "the meeting of this token is hosted by a process of user " +
                                    std::to_string(host.uid) + " (pid " + std::to_string(host.pid) +
                                    "), this one is of user " + std::to_string(::geteuid()) +
                                    ": ranks of one communicator belong to one user");
}

}  // namespace

Door::Door(const Token& token, const MeetingPlace& place)
    : name_("septet-" + text_of(derived_token(token, "meeting", 0)).substr(0, 32)),
      folder_(place.folder) {}

std::optional<OpenDoor> Door::try_open() const {
  OpenDoor door;
  if (!folder_.empty()) {
    auto lock = FolderLock::try_take(folder_, name_);
    if (!lock) return {};
    door.lock.emplace(std::move(*lock));
    remove_abandoned(folder_);
  }
  door.socket = make_socket();
  const auto place = place_of(name_, folder_);
  if (::bind(door.socket.get(), place.address.generic(), place.address.size) != 0) {
    if (errno == EADDRINUSE) return {};
    throw_errno("bind the socket " + name_);
  }
  check(::listen(door.socket.get(), SOMAXCONN), "listen as " + name_);
  return door;
}

std::optional<UniqueFd> Door::try_enter() const {
  auto connection = make_socket();
  const auto place = place_of(name_, folder_);
  if (::connect(connection.get(), place.address.generic(), place.address.size) != 0) {
    // EAGAIN: more callers wait than the host's queue holds.
    const bool is_later =
        errno == ECONNREFUSED || errno == ENOENT || errno == EAGAIN || errno == EINTR;
    if (is_later) return {};
    throw_errno("connect to the socket " + name_);
  }
  require_own(connection);
  return connection;
}

std::optional<UniqueFd> try_accept(const OpenDoor& door) {
  for (;;) {
    UniqueFd connection(
        ::accept4(door.socket.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!connection && errno == EAGAIN) return {};
    if (!connection && errno != EINTR && errno != ECONNABORTED) {
      throw_errno("accept a rank that comes to the meeting (ulimit -n)");
    }
    if (connection && other_end_of(connection).uid == ::geteuid()) return connection;
  }
}

}  // namespace septet
