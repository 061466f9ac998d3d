// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/error.hpp>
#include <septet/token.hpp>

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace septet {

/// Raised with every change of these messages or of what lies in the segment.
inline constexpr std::uint32_t meeting_version = 1;

inline constexpr std::size_t longest_slice_name = 200;
inline constexpr std::size_t longest_message = 64UL * 1024;

/// What a rank says when it comes. With it goes its own pidfd, where the kernel has those.
struct Hello {
  std::uint32_t version = meeting_version;
  int rank = 0;
  pid_t pid = 0;

  // Of another version only what stands above is known.
  int ranks = 1;
  Token token;
  std::uint64_t segment_bytes = 0;
  std::uint64_t terms = 0;
  std::uint64_t pid_space = 0;
  std::string slice;

  bool operator==(const Hello&) const = default;
};

/// Who has come so far: the host tells it to all who have, whenever somebody came. With the first
/// one that a guest gets goes the host's own pidfd.
struct Attendance {
  int host = 0;
  pid_t host_pid = 0;
  std::uint64_t present = 0;  ///< Bit r for rank r.

  bool operator==(const Attendance&) const = default;
};

/// All have come. With it go the segment, and one pidfd for each member that says so, in order.
struct Welcome {
  struct Entry {
    pid_t pid = 0;
    std::uint64_t pid_space = 0;
    std::string slice;
    bool has_process = false;

    bool operator==(const Entry&) const = default;
  };
  std::vector<Entry> members;  ///< By rank.

  bool operator==(const Welcome&) const = default;
};

/// To the host: whether this guest could take what it got. To a guest: how the meeting ended. Laid
/// out the same in every version.
struct Verdict {
  std::optional<ErrorKind> error;  ///< Nothing: all is well.
  std::string text;

  bool operator==(const Verdict&) const = default;
};

using MeetingMessage = std::variant<Hello, Attendance, Welcome, Verdict>;

/// As it goes over the socket, at most longest_message: longer names and texts are cut.
[[nodiscard]] std::string print_message(const MeetingMessage& message);

/// And back; nothing when it is no message, or none that makes sense: ranks out of range, names too
/// long, bytes left over.
[[nodiscard]] std::optional<MeetingMessage> parse_message(std::string_view bytes);

}  // namespace septet
