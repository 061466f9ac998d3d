// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/folder_lock.hpp"
#include "communicate/meeting.hpp"
#include <septet/token.hpp>
#include <septet/unique_fd.hpp>

#include <optional>
#include <string>

namespace septet {

/// What the one rank holds that hosts a meeting. While it lives no other rank can get one.
struct OpenDoor {
  std::optional<FolderLock> lock;  ///< In a folder only. Let go of after the socket.
  UniqueFd socket;                 ///< Listens; does not block.
};

/// Where the ranks of one token find each other: a socket whose name derives from the token. The
/// name can be seen by every user of the host, the token cannot be found from it.
class Door {
 public:
  Door(const Token& token, const MeetingPlace& place);

  /// Becomes the host; nothing when another rank is. Never waits. In a folder, removes what hosts
  /// left there that were killed. Throws Error `system`.
  [[nodiscard]] std::optional<OpenDoor> try_open() const;

  /// A connection to the host, which does not block; nothing when nobody hosts now. Never waits.
  /// Throws Error `usage` when the host belongs to another user.
  [[nodiscard]] std::optional<UniqueFd> try_enter() const;

 private:
  std::string name_;
  std::filesystem::path folder_;
};

/// The next caller of this user; others are turned away. Nothing when there is none now. Throws
/// Error `system` when this process has no descriptor left.
[[nodiscard]] std::optional<UniqueFd> try_accept(const OpenDoor& door);

}  // namespace septet
