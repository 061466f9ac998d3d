// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/unique_fd.hpp>

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace septet {

/// One message between processes of this host: a text, and descriptors that go along.
struct UnixMessage {
  std::string text;
  std::vector<UniqueFd> descriptors;
};

/// A socket that listens under `name` in Linux's abstract space, which the kernel frees with the
/// process; nothing when another process has that name. Throws Error `system`.
[[nodiscard]] std::optional<UniqueFd> listen_as(const std::string& name);

/// A connection to whoever listens as `name`; nothing when nobody does. Throws Error `system`
/// when that is another user's process.
[[nodiscard]] std::optional<UniqueFd> connect_to(const std::string& name);

/// The next caller, of this user only; nothing when none comes within `limit`.
[[nodiscard]] std::optional<UniqueFd> accept_within(const UniqueFd& listener,
                                                    std::chrono::milliseconds limit);

/// Sends one message. False when the other side has gone.
bool send_message(const UniqueFd& connection, std::string_view text,
                  const std::vector<int>& descriptors);

/// The next message; nothing when the other side has gone, or `limit` is over. Descriptors that
/// come along are numbered 100 or higher and close on exec.
[[nodiscard]] std::optional<UnixMessage> receive_message(
    const UniqueFd& connection, std::optional<std::chrono::milliseconds> limit);

}  // namespace septet
