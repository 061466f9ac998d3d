// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/deadline.hpp"
#include "communicate/meeting_message.hpp"
#include <septet/unique_fd.hpp>

#include <sys/types.h>

#include <span>
#include <vector>

namespace septet {

enum class Reading {
  nothing_yet,
  message,
  nonsense,  ///< Something came that is no message.
  gone,      ///< The other side has closed, and nothing is left to read.
};

/// What one look at a connection found.
struct Received {
  Reading reading = Reading::nothing_yet;
  MeetingMessage message;
  std::vector<UniqueFd> descriptors;  ///< That came with the message; they close on exec.
};

/// Never waits. Throws Error `system` when this process has no descriptor left for those that came.
[[nodiscard]] Received receive_message(const UniqueFd& connection);

/// Sends one message and descriptors, of which the caller keeps its own. Waits for room, until
/// `deadline`. False when the other side is gone, or there was no room in time.
bool send_message(const UniqueFd& connection, const MeetingMessage& message,
                  std::span<const int> descriptors, Deadline deadline);

/// Waits some milliseconds: for what no descriptor announces.
void pause_shortly();

/// Who is at the other end, as the kernel knows it.
struct OtherEnd {
  uid_t uid = 0;
  pid_t pid = 0;  ///< By our own numbers; 0 when it lives in a namespace that we do not see.
};
[[nodiscard]] OtherEnd other_end_of(const UniqueFd& connection);

}  // namespace septet
