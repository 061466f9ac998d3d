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
  pid_t pid = 0;                ///< As it sees itself: another number in another pid namespace.
  std::uint64_t pid_space = 0;  ///< The number of that namespace; 0 where /proc is hidden.
  std::string slice;            ///< Cut to 200 bytes.

  /// Its pidfd, made by itself. Empty where its kernel has none (before 5.3), and for ranks of this
  /// very process.
  UniqueFd process;
};

/// Whether two ranks are threads of one process; false where /proc is hidden.
[[nodiscard]] bool share_process(const Member& one, const Member& other);

/// What a rank brings home from the meeting.
struct Meeting {
  Segment segment;
  std::vector<Member> members;  ///< By rank, this one included.
};

/// Where ranks meet when they share no network namespace: a UNIX socket and, if need be, the memory
/// lie in `folder` (SEPTET_MEETING_FOLDER), which is on a local file system and which every rank
/// may write. Empty: an abstract socket, which has no file.
struct MeetingPlace {
  std::filesystem::path folder;
};

/// Meets the other ranks of `membership`, of which the first to come is the host: it makes the
/// segment and hands it to the others. All ranks must ask for the same `segment_bytes` and `terms`
/// (a digest of whatever else must be alike), and belong to one user.
///
/// Blocks, at most for the meeting limit; signals are left alone. Either every rank gets the same
/// meeting, or every rank that has come throws, at once and for the same cause, as Communicator's
/// constructor says: `argument`, `usage`, `unavailable` (ranks are missing after the limit, or one
/// ended or gave up while the others waited) or `system`. Leaves no thread and no descriptor but
/// those in the result. Requires: segment_bytes > 0. Threads: any number at once.
[[nodiscard]] Meeting meet(const Membership& membership, std::size_t segment_bytes,
                           std::uint64_t terms, const MeetingPlace& place);

}  // namespace septet
