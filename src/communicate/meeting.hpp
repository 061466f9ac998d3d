// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/segment.hpp"
#include <septet/communicator.hpp>
#include <septet/unique_fd.hpp>

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace septet {

/// One rank, as the others know it.
struct Member {
  int rank = 0;
  pid_t pid = 0;  ///< As it sees itself: another number in another pid namespace.
  std::string slice;
  UniqueFd process;  ///< Its pidfd, made by itself; empty where the kernel has none (before 5.3).
};

/// What a rank brings home from the meeting.
struct Meeting {
  Segment segment;
  std::vector<Member> members;  ///< By rank, this one included.
};

/// Where ranks meet when they share no network namespace: a UNIX socket and, if need be, the memory
/// lie in `folder` (SEPTET_MEETING_FOLDER). Empty: an abstract socket, which has no file.
struct MeetingPlace {
  std::filesystem::path folder;
};

/// Meets the other ranks of `membership`, of which the first to come is the host: it makes the
/// segment and hands it to the others. All ranks must ask for the same `segment_bytes` and `terms`
/// (a digest of whatever else must be alike). Blocks, at most for the meeting limit; throws as
/// Communicator's constructor says.
[[nodiscard]] Meeting meet(const Membership& membership, std::size_t segment_bytes,
                           std::uint64_t terms, const MeetingPlace& place);

}  // namespace septet
