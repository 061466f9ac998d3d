// SPDX-License-Identifier: Apache-2.0
// How a communicator breaks, once and for all ranks, and how that is told.
#pragma once

#include "communicate/board.hpp"
#include "communicate/meeting.hpp"

#include <optional>
#include <span>
#include <string>

namespace septet {

/// What one rank raises: what kind of trouble, who is to blame, and what both were at.
struct Finding {
  Trouble trouble = Trouble::none;
  int culprit = -1;
  Description mine;
  Description theirs;
};

/// Breaks the communicator for every rank, unless it is broken already, and wakes all sleepers.
void raise(const Board& board, int rank, const Finding& finding) noexcept;

/// Whether any rank has raised trouble.
[[nodiscard]] bool is_broken(const Board& board) noexcept;

/// The trouble in words, as every rank is told it. Requires: is_broken.
[[nodiscard]] std::string trouble_text(const Board& board, std::span<const Member> members);

/// "rank 3 (pid 4711, MIG-…)"
[[nodiscard]] std::string name_of(const Member& member);

/// "all_reduce of 1024 float32, sum"
[[nodiscard]] std::string text_of(const Description& description);

/// One line a rank: what it is at, or did last, since when, and when it was last seen at it.
[[nodiscard]] std::string table_of(const Board& board, std::span<const Member> members);

}  // namespace septet
