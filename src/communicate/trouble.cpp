// SPDX-License-Identifier: Apache-2.0
#include "communicate/trouble.hpp"

#include "communicate/card_clock.hpp"
#include "communicate/host/bell.hpp"
#include "communicate/host/shared_words.hpp"

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

/// Whoever waits beats every 50 ms: one that missed four of them is stopped, or gets no core.
constexpr std::uint64_t still_after_ns = 200'000'000;

const RankCard& card_of(const Board& board, const Member& member) {
  return board.cards[static_cast<std::size_t>(member.rank)];
}

std::uint64_t age_ns(std::uint64_t at_ns) {
  const auto now = card_time_ns();
  return now > at_ns ? now - at_ns : 0;
}

std::string seconds_text(std::uint64_t ns) {
  const std::uint64_t tenths = ns / 100'000'000;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

bool is_under_way(const RankCard& card) {
  return peek(card.left) == 0 && peek(card.finished) < peek(card.entered);
}

/// ", since 3.1 s" where a host thread has noted the time.
std::string since_text(const RankCard& card) {
  const auto at_ns = peek(card.entered_at_ns);
  return at_ns == 0 ? "" : ", since " + seconds_text(age_ns(at_ns));
}

/// "in all_reduce of 8 float32, sum (operation 12), since 3.1 s", or what it did last.
std::string activity(const RankCard& card) {
  const auto entered = peek(card.entered);
  const auto what = text_of(peek(card.operation)) + " (" + number_text(entered) + ")";
  if (peek(card.left) != 0) return "has let go of the communicator";
  if (entered == 0) return "has called nothing yet";
  if (!is_under_way(card)) return "last did " + what;
  if (peek(card.tells_ends) == 0) return "last began " + what;
  return "in " + what + since_text(card);
}

/// ", stands still since 31.0 s": how long ago a rank moved, or looked why it cannot.
std::string pulse(const RankCard& card) {
  if (peek(card.left) != 0 || peek(card.entered) == 0 || peek(card.beat_at_ns) == 0) return "";
  const auto age = age_ns(peek(card.beat_at_ns));
  if (!is_under_way(card)) return ", " + seconds_text(age) + " ago";
  return age < still_after_ns ? ", awake" : ", stands still since " + seconds_text(age);
}

/// "; rank 2 (…) stands still since 31.0 s", of the one that has for longest in the middle of an
/// operation. A rank may wait for another that waits for that one; nothing when all are awake.
std::string standstill(const Board& board, std::span<const Member> members) {
  const Member* stillest = nullptr;
  std::uint64_t longest = still_after_ns;
  for (const auto& member : members) {
    const auto& card = card_of(board, member);
    const auto age = is_under_way(card) ? age_ns(peek(card.beat_at_ns)) : 0;
    if (age < longest) continue;
    stillest = &member;
    longest = age;
  }
  return stillest == nullptr
             ? ""
             : "; " + name_of(*stillest) + " stands still since " + seconds_text(longest);
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
  const auto& card = card_of(board, raiser);
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
             "; the dead one " + activity(card_of(board, culprit));
    case Trouble::left:
      return name_of(culprit) + " has let go of the communicator: " + name_of(raiser) +
             " waited for it in " + mine + number;
    case Trouble::mismatch:
      return "ranks call different things: " + name_of(raiser) + " is in " + mine + number + ", " +
             name_of(culprit) + " in " + text_of(peek(card.theirs)) +
             "; let every rank make the same calls in the same order";
    case Trouble::time_limit:
      return "time limit: " + name_of(raiser) + " waits for " + name_of(culprit) + " in " + mine +
             number + standstill(board, members) + "\n" + table_of(board, members);
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
    const auto& card = card_of(board, member);
    table += "  " + name_of(member) + ": " + activity(card) + pulse(card) + "\n";
  }
  return table;
}

}  // namespace septet
