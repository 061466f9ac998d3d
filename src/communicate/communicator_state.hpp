// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/fork_mark.hpp"
#include "communicate/host/patience.hpp"
#include "communicate/layout.hpp"
#include "communicate/meeting.hpp"
#include "communicate/passage.hpp"
#include "communicate/peer_watch.hpp"
#include "communicate/settings.hpp"
#include "communicate/trouble.hpp"
#include <septet/communicator.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>

namespace septet {

/// What a rank has of its communicator: the meeting it came from, the memory, and the watch over
/// its peers. Members are in the order in which they need each other.
class CommunicatorState {
 public:
  /// For data in `buffers`.
  CommunicatorState(const Membership& own, const Settings& settings, BufferPlace buffers);
  CommunicatorState(const CommunicatorState&) = delete;
  CommunicatorState& operator=(const CommunicatorState&) = delete;
  /// Leaves; in a forked child only unmaps.
  ~CommunicatorState();

  /// Tells the others that this rank lets go, and ends its watch over them. The memory stays.
  void leave() noexcept;

  /// False in a forked child.
  [[nodiscard]] bool is_of_this_process() const noexcept;

  [[nodiscard]] const Membership& membership() const noexcept { return membership_; }
  [[nodiscard]] std::span<const Member> members() const noexcept { return meeting_.members; }
  [[nodiscard]] const Board& board() const noexcept { return board_; }
  [[nodiscard]] Passage& passage() noexcept { return passage_; }
  [[nodiscard]] const SegmentLayout& layout() const noexcept { return layout_; }
  [[nodiscard]] std::span<std::byte> memory() const noexcept { return meeting_.segment.bytes(); }
  [[nodiscard]] RankCard& card() const noexcept {
    return board_.cards[static_cast<std::size_t>(membership_.rank)];
  }
  [[nodiscard]] std::chrono::milliseconds operation_limit() const noexcept {
    return membership_.operation_limit;
  }

  [[nodiscard]] const Settings& settings() const noexcept { return settings_; }

  /// How all collectives must go; automatic: as seems best.
  [[nodiscard]] Path forced_path() const noexcept { return forced_; }

  /// How `operation` goes on host buffers.
  [[nodiscard]] Path host_path_of(const Operation& operation) const;

  /// How `operation` is to be done: by the environment, else the table, else automatic.
  [[nodiscard]] const Manner& manner_for(const Operation& operation) const;

  /// The largest chunk in that manner.
  [[nodiscard]] std::size_t chunk_bytes_for(const Operation& operation) const;

  /// Whether the process of `rank` has ended, or it has let go of the communicator: it will not
  /// move again, whatever it was at.
  [[nodiscard]] Trouble gone(int rank) const noexcept;

  void raise(const Finding& finding) noexcept;

  /// Breaks the communicator, because this rank could not end `at`, and returns whether another
  /// rank is to blame: one whose process has ended, or whoever broke it before. What fails here may
  /// do so because another died: MPS ends the kernels of all clients of a device with those of one
  /// that is killed. That may be seen before the death is, which is waited for until `limit`.
  bool give_up(const Description& at,
               std::chrono::milliseconds limit = std::chrono::milliseconds(0)) noexcept;

  /// Throws the error that broke the communicator, if one did; and Error `usage` in a forked child.
  void check() const;

  /// The same, but silent while another rank's abort has met no call of this one: what this one has
  /// called before has ended well.
  void check_own_calls() const;

  [[nodiscard]] bool was_aborted_by_another() const noexcept;

  /// Marks the begin and the end of a group, for those who ask who lags.
  void enter(const Operation& first) noexcept;
  void leave_operation() noexcept;
  /// From now on the card tells what has ended.
  void tell_ends() noexcept;

  /// Marks that this rank is awake: it moved in what it is at, or looked why it cannot. Whoever
  /// waits beats some twenty times a second; who is stopped does not, though it is alive. Cheap.
  void beat() noexcept;

  /// How many communicators were split, or shrunk, from this one so far: part of their tokens.
  std::uint64_t splits = 0;
  std::uint64_t shrinks = 0;

  /// How long a call on this communicator spins.
  SpinBudget patience;

 private:
  /// A rank whose process has ended, or -1.
  [[nodiscard]] int first_dead() const noexcept;

  Membership membership_;
  Settings settings_;
  Path forced_;
  ForkMark mark_;
  TuningTable manners_;  ///< By size.
  SegmentLayout layout_;
  Meeting meeting_;
  Board board_;
  Passage passage_;
  std::array<std::atomic<bool>, max_ranks> dead_{};
  std::unique_ptr<PeerWatch> watch_;
  mutable std::atomic<bool> was_told_ = false;  ///< A call of this rank has met what broke it.
};

}  // namespace septet
