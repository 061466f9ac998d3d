// SPDX-License-Identifier: Apache-2.0
#include "communicate/trouble.hpp"

#include "communicate/host/bell.hpp"
#include "communicate/host/shared_words.hpp"

#include <time.h>

#include <atomic>
#include <cstdint>
#include <thread>

namespace septet {
namespace {

const Member& member_of(std::span<const Member> members, int rank) {
  return members[static_cast<std::size_t>(rank)];
}

std::string number_text(std::uint64_t number) { return "operation " + std::to_string(number); }

bool has_root(OperationKind kind) {
  return kind == OperationKind::reduce || kind == OperationKind::broadcast;
}

bool reduces(OperationKind kind) {
  return kind == OperationKind::all_reduce || kind == OperationKind::reduce ||
         kind == OperationKind::reduce_scatter;
}

std::string seconds_since(std::uint64_t at_ns) {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const auto now_ns = static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
                      static_cast<std::uint64_t>(now.tv_nsec);
  const std::uint64_t tenths = now_ns > at_ns ? (now_ns - at_ns) / 100'000'000 : 0;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

/// "in all_reduce of 8 float32, sum (operation 12), since 3.1 s", or what it did last.
std::string activity(const RankCard& card) {
  const auto entered = peek(card.entered);
  const auto what = text_of(peek(card.operation)) + " (" + number_text(entered) + ")";
  if (peek(card.left) != 0) return "has let go of the communicator";
  if (entered == 0) return "has called nothing yet";
  if (peek(card.finished) < entered) {
    return "in " + what + ", since " + seconds_since(peek(card.entered_at_ns));
  }
  return "last did " + what;
}

}  // namespace

void raise(const Board& board, int rank, const Finding& finding) noexcept {
  auto& card = board.cards[static_cast<std::size_t>(rank)];
  // The card is written by one thread only: whoever sets its trouble first.
  auto none = Trouble::none;
  const bool first = std::atomic_ref(card.trouble).compare_exchange_strong(none, finding.trouble);
  if (!first) {
    // Another thread of this rank is a few instructions from the end of this very function.
    while (!is_broken(board)) std::this_thread::yield();
    return;
  }
  post(card.culprit, std::int32_t{finding.culprit});
  post(card.mine, finding.mine);
  post(card.theirs, finding.theirs);
  std::uint32_t whole = 0;
  std::atomic_ref(*board.broken)
      .compare_exchange_strong(whole, static_cast<std::uint32_t>(rank) + 1);
  wake_all(board);
}

bool is_broken(const Board& board) noexcept { return peek(*board.broken) != 0; }

std::string trouble_text(const Board& board, std::span<const Member> members) {
  const auto& raiser = member_of(members, static_cast<int>(peek(*board.broken)) - 1);
  const auto& card = board.cards[static_cast<std::size_t>(raiser.rank)];
  const auto& culprit = member_of(members, peek(card.culprit));
  const auto mine = text_of(peek(card.mine));
  const auto number = " (" + number_text(peek(card.entered)) + ")";
  switch (peek(card.trouble)) {
    case Trouble::none:
      return "the communicator is broken";
    case Trouble::aborted:
      return name_of(raiser) + " aborted the communicator";
    case Trouble::died:
      return name_of(culprit) + " died: " + name_of(raiser) + " waited for it in " + mine + number +
             "; the dead one " + activity(board.cards[static_cast<std::size_t>(culprit.rank)]);
    case Trouble::left:
      return name_of(culprit) + " has let go of the communicator: " + name_of(raiser) +
             " waited for it in " + mine + number;
    case Trouble::mismatch:
      return "ranks call different things: " + name_of(raiser) + " is in " + mine + number + ", " +
             name_of(culprit) + " in " + text_of(peek(card.theirs)) +
             "; let every rank make the same calls in the same order";
    case Trouble::time_limit:
      return "time limit: " + name_of(raiser) + " waits for " + name_of(culprit) + " in " + mine +
             number + "\n" + table_of(board, members);
  }
  return {};
}

std::string name_of(const Member& member) {
  std::string text = "rank " + std::to_string(member.rank) + " (pid " + std::to_string(member.pid);
  if (!member.slice.empty()) text += ", " + member.slice;
  return text + ")";
}

std::string text_of(const Description& description) {
  const auto kind = static_cast<OperationKind>(description.kind);
  std::string text(name_of(kind));
  if (kind == OperationKind::barrier) return text;
  text += " of " + std::to_string(description.count) + " " +
          std::string(name_of(static_cast<DataType>(description.type)));
  if (reduces(kind)) {
    text += ", ";
    if (description.scaled != 0) text += "scaled ";
    text += name_of(static_cast<Reduction>(description.reduction));
  }
  if (has_root(kind)) text += ", root " + std::to_string(description.root);
  if (kind == OperationKind::send) text += " to rank " + std::to_string(description.root);
  if (kind == OperationKind::recv) text += " from rank " + std::to_string(description.root);
  return text;
}

std::string table_of(const Board& board, std::span<const Member> members) {
  std::string table;
  for (const auto& member : members) {
    table += "  " + name_of(member) + ": " +
             activity(board.cards[static_cast<std::size_t>(member.rank)]) + "\n";
  }
  return table;
}

}  // namespace septet
