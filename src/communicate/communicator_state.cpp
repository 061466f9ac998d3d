// SPDX-License-Identifier: Apache-2.0
#include "communicate/communicator_state.hpp"

#include "communicate/card_clock.hpp"
#include "communicate/check_operation.hpp"
#include "communicate/deadline.hpp"
#include "communicate/host/bell.hpp"
#include "communicate/host/shared_words.hpp"
#include <septet/error.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace septet {
namespace {

/// Largest all-reduce that every rank sums by itself, on the host: one wait less, but more to read.
/// Source: docs/performance.md, Collectives on the host.
constexpr std::size_t usual_one_hop_bytes = 4 << 10;

/// What does not pay to cut smaller, nor to copy in larger pieces. Source: docs/performance.md,
/// Collectives on the host and on the device.
std::size_t usual_chunk_bytes(BufferPlace buffers) {
  return buffers == BufferPlace::host ? 256 << 10 : 128 << 10;
}

/// On the host so few that they stay in a cache; to devices so many that the link is never idle.
/// Three and four ranks share it among so few that each rank's slots have to hold more; two wait
/// for no host thread. There are ranks^2 pipes. Source: docs/performance.md, Collectives on the
/// host and on the device, and Messages there.
SlotCounts slot_counts(int ranks, BufferPlace buffers) {
  if (buffers == BufferPlace::host) return {.ring = 8, .pipe = 4, .has_results = false};
  if (ranks <= 2) return {.ring = 16, .pipe = 16};
  if (ranks <= 4) return {.ring = 32, .pipe = 8};
  return {.ring = 16, .pipe = ranks <= 7 ? 8U : 4U};
}

/// What is forced, unless it is of other buffers.
Path path_for(const Settings& settings, BufferPlace buffers) {
  const auto known = paths_for(buffers);
  const bool counts = std::ranges::find(known, settings.path) != known.end();
  return counts ? settings.path : Path::automatic;
}

/// The table's lines for these ranks, with what the environment says put in.
TuningTable manners_of(const Settings& settings, BufferPlace buffers, int ranks) {
  auto lines = lines_for(settings.tuning, buffers, ranks);
  for (auto& [place, count, from, manner] : lines) {
    if (settings.chunk_bytes) manner.chunk_bytes = *settings.chunk_bytes;
    if (manner.chunk_bytes == 0) manner.chunk_bytes = usual_chunk_bytes(buffers);
    if (settings.reduce_on != ReduceOn::automatic) manner.reduce_on = settings.reduce_on;
    if (settings.blocks != Blocks{}) manner.blocks = settings.blocks;
    manner = forced(manner, path_for(settings, buffers));
  }
  return lines;
}

std::size_t largest_chunk(const TuningTable& manners) {
  std::size_t most = 0;
  for (const auto& line : manners) most = std::max(most, line.manner.chunk_bytes);
  return most;
}

/// For data on the host.
std::vector<TuningBySize> tunings_of(const TuningTable& manners, const SegmentLayout& layout) {
  std::vector<TuningBySize> tunings;
  for (const auto& [place, ranks, from, manner] : manners) {
    const auto slot = std::min(manner.chunk_bytes, layout.capacity().slot_bytes);
    const std::size_t limits[] = {usual_one_hop_bytes, SIZE_MAX, 0, 0};
    tunings.push_back(
        {from,
         {.slot_bytes = slot, .one_hop_bytes = limits[static_cast<std::size_t>(manner.hops)]}});
  }
  return tunings;
}

/// What must be alike on all ranks beside the size of the segment.
std::uint64_t terms_of(const TuningTable& manners, const SegmentLayout& layout) {
  std::uint64_t terms = layout.capacity().slot_bytes * 1'000'003;
  for (const auto& [place, ranks, from, manner] : manners) {
    for (const std::uint64_t part :
         {from, std::uint64_t{manner.chunk_bytes}, std::uint64_t{usual_one_hop_bytes},
          static_cast<std::uint64_t>(manner.hops)}) {
      terms = terms * 6'364'136'223'846'793'005 + part + 1;
    }
  }
  return terms;
}

/// So many ranks of devices have flags of their own to read; of more, these would take megabytes.
constexpr int most_flag_readers = 8;

/// Only devices send packets, and hold each other up at the flags that they poll.
Capacity capacity_of(int ranks, const Settings& settings, BufferPlace buffers,
                     std::size_t chunk_bytes) {
  auto capacity =
      capacity_for(ranks, settings.segment_bytes, slot_counts(ranks, buffers), chunk_bytes);
  if (buffers == BufferPlace::device) {
    capacity.packets = packet_limits_for(ranks, settings.segment_bytes);
    if (ranks <= most_flag_readers) capacity.flag_readers = ranks;
  }
  return capacity;
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
                                     BufferPlace buffers)
    : membership_(checked(own)),
      settings_(settings),
      forced_(path_for(settings, buffers)),
      manners_(manners_of(settings, buffers, own.ranks)),
      layout_(capacity_of(own.ranks, settings, buffers, largest_chunk(manners_))),
      meeting_(meet(own, layout_.bytes(), terms_of(manners_, layout_), {settings.meeting_folder})),
      board_(layout_.board(meeting_.segment.bytes().data())),
      passage_(layout_, meeting_.segment.bytes().data(), own.rank, tunings_of(manners_, layout_)) {
  if (membership_.operation_limit.count() == 0) {
    membership_.operation_limit = settings.operation_limit;
  }
  if (buffers == BufferPlace::host) tell_ends();
  watch_ = std::make_unique<PeerWatch>(meeting_.members, own.rank, [this](int rank) {
    dead_[static_cast<std::size_t>(rank)].store(true);
    wake(card());
  });
}

CommunicatorState::~CommunicatorState() { leave(); }

bool CommunicatorState::is_of_this_process() const noexcept { return mark_.is_of_this_process(); }

void CommunicatorState::leave() noexcept {
  watch_.reset();
  if (!is_of_this_process()) return;
  post(card().left, std::uint32_t{1});
  wake_all(board_);
}

const Manner& CommunicatorState::manner_for(const Operation& operation) const {
  return line_of(manners_, operation.count * size_of(operation.type)).manner;
}

Path CommunicatorState::host_path_of(const Operation& operation) const {
  if (membership_.ranks == 1) return Path::alone;
  if (is_message(operation)) return Path::messages;
  return septet::host_path_of(plan_exchange(operation, membership_.rank, membership_.ranks,
                                            passage_.tuning_for(operation)));
}

std::size_t CommunicatorState::chunk_bytes_for(const Operation& operation) const {
  return std::min(manner_for(operation).chunk_bytes, layout_.capacity().slot_bytes);
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
  if (!is_broken(board_)) return;
  was_told_ = true;
  throw Error(ErrorKind::peer, trouble_text(board_, members()));
}

void CommunicatorState::check_own_calls() const {
  const auto& mine = board_.cards[static_cast<std::size_t>(membership_.rank)];
  const bool met_it = was_told_ || peek(mine.finished) != peek(mine.entered);
  if (met_it || !was_aborted_by_another() || !is_of_this_process()) check();
}

bool CommunicatorState::was_aborted_by_another() const noexcept {
  const auto raiser = static_cast<int>(peek(*board_.broken)) - 1;
  if (raiser < 0 || raiser == membership_.rank) return false;
  return peek(board_.cards[static_cast<std::size_t>(raiser)].trouble) == Trouble::aborted;
}

void CommunicatorState::enter(const Operation& first) noexcept {
  auto& mine = card();
  post(mine.operation, describe(first));
  beat();
  post(mine.entered_at_ns, mine.beat_at_ns);
  post(mine.entered, mine.entered + 1);
}

void CommunicatorState::tell_ends() noexcept { post(card().tells_ends, std::uint32_t{1}); }

void CommunicatorState::leave_operation() noexcept {
  auto& mine = card();
  post(mine.finished, mine.entered);
}

void CommunicatorState::beat() noexcept { post(card().beat_at_ns, card_time_ns()); }

}  // namespace septet
