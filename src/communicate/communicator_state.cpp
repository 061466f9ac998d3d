// SPDX-License-Identifier: Apache-2.0
#include "communicate/communicator_state.hpp"

#include "communicate/deadline.hpp"
#include "communicate/host/bell.hpp"
#include "communicate/host/shared_words.hpp"
#include <septet/error.hpp>

#include <time.h>
#include <unistd.h>

#include <cstddef>

namespace septet {
namespace {

/// Largest all-reduce that every rank sums by itself. Source: docs/performance.md, Collectives.
constexpr std::size_t one_hop_bytes = 8 << 10;

std::uint64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

Tuning tuning_of(const SegmentLayout& layout) {
  return {.slot_bytes = layout.capacity().slot_bytes, .one_hop_bytes = one_hop_bytes};
}

/// What must be alike on all ranks beside the size of the segment.
std::uint64_t terms_of(const SegmentLayout& layout) {
  const auto tuning = tuning_of(layout);
  return tuning.slot_bytes * 1'000'003 + tuning.one_hop_bytes;
}

Membership checked(const Membership& membership) {
  if (membership.ranks < 1 || membership.ranks > max_ranks) {
    throw Error(ErrorKind::argument, std::to_string(membership.ranks) +
                                         " ranks: a communicator has 1 to " +
                                         std::to_string(max_ranks));
  }
  if (membership.rank < 0 || membership.rank >= membership.ranks) {
    throw Error(ErrorKind::argument, "rank " + std::to_string(membership.rank) + ": there are " +
                                         std::to_string(membership.ranks) +
                                         " ranks, counted from 0");
  }
  return membership;
}

}  // namespace

CommunicatorState::CommunicatorState(const Membership& own, const Settings& settings,
                                     std::uint32_t slots)
    : membership_(checked(own)),
      settings_(settings),
      pid_(::getpid()),
      layout_(capacity_for(own.ranks, settings.segment_bytes, slots, settings.chunk_bytes)),
      meeting_(meet(own, layout_.bytes(), terms_of(layout_), {settings.meeting_folder})),
      board_(layout_.board(meeting_.segment.bytes().data())),
      passage_(layout_, meeting_.segment.bytes().data(), own.rank, tuning_of(layout_)) {
  if (membership_.operation_limit.count() == 0) {
    membership_.operation_limit = settings.operation_limit;
  }
  watch_ = std::make_unique<PeerWatch>(meeting_.members, own.rank, [this](int rank) {
    dead_[static_cast<std::size_t>(rank)].store(true);
    wake(card());
  });
}

CommunicatorState::~CommunicatorState() { leave(); }

bool CommunicatorState::is_of_this_process() const noexcept { return ::getpid() == pid_; }

void CommunicatorState::leave() noexcept {
  watch_.reset();
  if (!is_of_this_process()) return;
  post(card().left, std::uint32_t{1});
  wake_all(board_);
}

Trouble CommunicatorState::gone(int rank) const noexcept {
  const auto index = static_cast<std::size_t>(rank);
  if (peek(board_.cards[index].left) != 0) return Trouble::left;
  return dead_[index].load() ? Trouble::died : Trouble::none;
}

void CommunicatorState::raise(const Finding& finding) noexcept {
  septet::raise(board_, membership_.rank, finding);
}

int CommunicatorState::first_dead() const noexcept {
  // Who has let go of the communicator before it ended is not to blame.
  for (const auto& member : members()) {
    if (gone(member.rank) == Trouble::died) return member.rank;
  }
  return -1;
}

bool CommunicatorState::give_up(const Description& at, std::chrono::milliseconds limit) noexcept {
  const int self = membership_.rank;
  const Deadline deadline(limit);
  while (!is_broken(board_)) {
    const std::uint32_t bell = peek(card().bell);
    const int dead = first_dead();
    if (dead >= 0) {
      const auto& theirs = board_.cards[static_cast<std::size_t>(dead)];
      raise({Trouble::died, dead, at, peek(theirs.operation)});
    } else if (deadline.is_over()) {
      raise({Trouble::aborted, self, at, {}});
      return false;
    } else {
      sleep_until_rung(card(), bell, std::chrono::milliseconds(deadline.poll_ms()));
    }
  }
  return true;
}

void CommunicatorState::check() const {
  if (!is_of_this_process()) {
    throw Error(
        ErrorKind::usage,
        "this communicator belongs to the process that forked this one: make a new one here");
  }
  if (is_broken(board_)) throw Error(ErrorKind::peer, trouble_text(board_, members()));
}

void CommunicatorState::enter(const Operation& first) noexcept {
  auto& mine = card();
  post(mine.operation, describe(first));
  post(mine.entered_at_ns, now_ns());
  post(mine.entered, mine.entered + 1);
}

void CommunicatorState::leave_operation() noexcept {
  auto& mine = card();
  post(mine.finished, mine.entered);
}

}  // namespace septet
